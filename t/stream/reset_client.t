# SPDX-License-Identifier: BSD-2-Clause
# A client that resets its connection ends the session.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 1);
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
}
CONF
my $back = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    $conn->send($conn->recv_bytes(1));
    $server->note($conn->is_closed);
});
$t->start;

my $client = $t->connect('front');
$client->send('x');
$client->recv_bytes(1);
$client->reset;
is $back->wait_note, 1, 'the server sees an end';
