# SPDX-License-Identifier: BSD-2-Clause
# With proxy_half_close on, a server that has ended its direction still receives.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
        proxy_half_close on;
    }
}
CONF
my $back = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    $conn->send('bye');
    $conn->half_close;
    $server->note($conn->recv_all);
});
$t->start;

my $client = $t->connect('front');
is $client->recv_all, 'bye', 'the client sees the end';
$client->send('still ');
$client->send('here');
is scalar $back->notes, 0, 'the server has not seen one';
$client->close;
is $back->wait_note, 'still here', 'and got all that came after its own';
