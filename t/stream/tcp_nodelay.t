# SPDX-License-Identifier: BSD-2-Clause
# tcp_nodelay is on unless told otherwise, towards the client and towards the server.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Socket qw(IPPROTO_TCP TCP_NODELAY);
use Weir::Socket;

my $t = Weir->new(conf => <<'CONF', plan => 4);
stream {
    server {
        listen 127.0.0.1:%%PORT:on%%;
        proxy_pass 127.0.0.1:%%PORT:back_on%%;
    }
    server {
        listen 127.0.0.1:%%PORT:off%%;
        proxy_pass 127.0.0.1:%%PORT:back_off%%;
        tcp_nodelay off;
    }
}
CONF
$t->echo_server("back_$_") for qw(on off);
$t->start;

for my $name (qw(on off)) {
    my $client = $t->connect($name);
    $client->send("x\n");
    $client->recv_line;
    for my $end ($name, "back_$name") {
        my @values = Weir::Socket::options(
            [ $t->worker_pids ], $t->port($end), IPPROTO_TCP, TCP_NODELAY);
        is_deeply [ map { $_ ? 'on' : 'off' } @values ], [$name], "$name: the connection at $end";
    }
}
