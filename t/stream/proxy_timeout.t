# SPDX-License-Identifier: BSD-2-Clause
# A session in which nothing moves for proxy_timeout is ended.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
        proxy_timeout 400ms;
    }
}
CONF
my $back = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    $server->note('end') if $conn->is_closed;
});
$t->start;

my $begin = now();
my $client = $t->connect('front');
ok $client->is_closed, 'the client\'s connection ends';
cmp_ok now() - $begin, '>=', 0.3, 'not before the time';
is $back->wait_note, 'end', 'and the server\'s';
