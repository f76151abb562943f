# SPDX-License-Identifier: BSD-2-Clause
# A server that resets its connection ends the session.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
}
CONF
$t->tcp_server('back', sub {
    my ($conn) = @_;
    $conn->send($conn->recv_bytes(1));
    $conn->recv_bytes(1);
    $conn->reset;
});
$t->start;

my $client = $t->connect('front');
$client->send('x');
is $client->recv_bytes(1), 'x', 'what came before it arrives';
$client->send('y');
ok $client->is_closed, 'then the client sees an end';
