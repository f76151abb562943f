# SPDX-License-Identifier: BSD-2-Clause
# Client, server and weir itself may end while auth_request waits for its answer.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { auth_request /auth; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location = /auth { proxy_pass http://127.0.0.1:%%PORT:auth%%; proxy_read_timeout 500ms; }
    }
}
CONF
$t->http_server('back');
my $auth = $t->tcp_server('auth', sub {
    my ($conn, $server) = @_;
    my $request = Weir::HTTP::read_message($conn);
    if ($request->header('X-Body')) {
        $conn->send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome");
        $server->note('answered');
    } else {
        $server->note('asked');
    }
    $server->note('end') if $conn->is_closed;
});
$t->start;
my $seen = 0;
sub next_note { return $auth->wait_note(++$seen) } # the next one

my $c = $t->http_connect('web');
$c->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
next_note();
$c->close;
is next_note(), 'end', 'the client leaves, and so do we';

$c = $t->http_connect('web');
is $c->get('/')->status, 500, 'an answer that does not come is 500';
next_note() for 1 .. 2;

$c = $t->http_connect('web');
is $c->get('/', headers => [ 'X-Body', 'slow' ])->status, 200,
    'the head is enough, even if the body does not end';
is next_note(), 'answered', 'that one';
$c->close;
is next_note(), 'end', 'which is given up after a time';

$c = $t->http_connect('web');
$c->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
is next_note(), 'asked', 'weir may end now';
