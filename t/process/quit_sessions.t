# SPDX-License-Identifier: BSD-2-Clause
# QUIT lets what is under way come to its end, and nobody new in; a second QUIT does not wait.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 12, conf => <<'CONF');
http { server { listen 127.0.0.1:%%PORT:web%%; location / { proxy_pass http://127.0.0.1:%%PORT:slow%%; } } }
stream { server { listen 127.0.0.1:%%PORT:tcp%%; proxy_pass 127.0.0.1:%%PORT:echo%%; } }
CONF
$t->echo_server('echo');
my $slow = $t->http_server('slow', sub {
    my (undef, undef, $server) = @_;
    $server->note('asked');
    wait_for(sub { -e $t->dir . '/go' }, undef, 'leave to go on');
    return [ 200, [], 'slow' ];
});

sub begin {
    my ($session, $request) = ($t->connect('tcp'), $t->http_connect('web'));
    $session->send("a\n");
    is $session->recv_line, 'a', 'a session';
    my $asked = $slow->notes;
    $request->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    $slow->wait_note($asked + 1);
    $t->signal('QUIT');
    wait_for(sub { $t->connect_error('tcp', timeout => 0.2) eq 'ECONNREFUSED' }, undef, 'the refusal');
    return ($session, $request);
}

$t->start;
my ($session, $request) = begin();
$session->send("b\n");
is $session->recv_line, 'b', 'the session goes on';
$t->write('go', '');
my $response = $request->response('GET');
is $response->body, 'slow', 'the request is answered';
is $response->header('Connection'), 'close', 'as the last on its connection';
ok Weir::Process::is_running($t->master_pid), 'weir waits for the session';
$session->close;
is $t->wait_end, 0, 'and ends with it';

unlink $t->dir . '/go';
$t->start;
($session, $request) = begin();
my $start = now();
$t->signal('QUIT');
ok $session->is_closed, 'a second QUIT ends the session';
ok $request->is_closed, 'and the request';
is $t->wait_end, 0, 'weir ends well';
cmp_ok now() - $start, '<', scaled(0.5), 'at once';
ok !-e $t->dir . '/weir.pid', 'no pid file is left';
