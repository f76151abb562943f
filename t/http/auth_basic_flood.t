# SPDX-License-Identifier: BSD-2-Clause
# One address that floods weir with passwords delays its own; those of clients that left are not
# looked at any more.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use MIME::Base64 qw(encode_base64);
use Weir::Process qw(spawn_sub end_process);

my $t = Weir->new(plan => 9, conf => <<'CONF');
worker_rlimit_nofile 4096;
events { worker_connections 2048; }
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / {
            auth_basic slow;
            auth_basic_user_file users;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
    }
}
CONF
# Some 50 ms each: the whole flood takes two threads half a minute.
$t->write('users', 'slow:' . crypt('secret', '$2b$10$abcdefghijklmnopqrstuu') . "\n");
my $back = $t->http_server('back');
$t->start;

sub request {
    my ($password) = @_;
    return Weir::HTTP::request_text('/', headers => { Authorization => 'Basic ' . encode_base64("slow:$password", '') });
}

# Asks from so many connections at once, and leaves when it is ended.
sub flood {
    my ($count) = @_;
    return spawn_sub(sub {
        my @conns = map { $t->http_connect('web') } 1 .. $count;
        $_->send(request('wrong')) for @conns;
        sleep 600;
    });
}

# The status that an address gets with the right password, and the seconds it took.
sub ask {
    my ($from) = @_;
    my $begin = now();
    my $status = $t->http_connect('web', from => $from)->request(request('secret'))->status;
    return ($status, now() - $begin);
}

sub refusals { return scalar(() = $t->log =~ /too many passwords to be checked at once/g) }

my @floods = map { flood(600) } 1, 2;
$t->wait_log(qr/too many passwords to be checked at once/);
my @answers = map { [ ask('127.0.0.2') ] } 1 .. 3;
is_deeply [ map { $_->[0] } @answers ], [ (200) x 3 ], 'another address gets its answers';
cmp_ok $_->[1], '<', scaled(5), 'soon' for @answers;

# There is no room when the others come: the last of the flood gives way.
my @others = map { $t->http_connect('web', from => '127.0.0.2') } 1 .. 12;
my @more;
do {
    push @more, $t->http_connect('web');
    $more[-1]->send(request('wrong'));
} until $more[-1]->has_news(0.005);
my $before = refusals();
$_->send(request('secret')) for @others;
is_deeply [ map { $_->response->status } @others ], [ (200) x 12 ], 'there is room for another address';
cmp_ok refusals(), '>', $before, 'as some of the flood are refused';
end_process($_) for @floods;
$_->close for @more;
my ($status, $seconds) = ask('127.0.0.1');
is $status, 200, 'and so does that address when the flood is over';
cmp_ok $seconds, '<', scaled(5), 'at once';
is $back->requests, 3 + 12 + 1, 'nobody else got in';
