# SPDX-License-Identifier: BSD-2-Clause
# proxy_socket_keepalive and so_keepalive have the kernel probe idle connections.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Socket qw(IPPROTO_TCP SOL_SOCKET SO_KEEPALIVE TCP_KEEPIDLE TCP_KEEPINTVL TCP_KEEPCNT);
use Weir::Socket;

my $t = Weir->new(conf => <<'CONF', plan => 5);
stream {
    server {
        listen 127.0.0.1:%%PORT:on%% so_keepalive=30m:20s:7;
        proxy_pass 127.0.0.1:%%PORT:back_on%%;
        proxy_socket_keepalive on;
    }
    server {
        listen 127.0.0.1:%%PORT:off%%;
        proxy_pass 127.0.0.1:%%PORT:back_off%%;
    }
}
CONF
$t->echo_server("back_$_") for qw(on off);
$t->start;

my $options = sub { [ Weir::Socket::options([ $t->worker_pids ], $t->port($_[0]), @_[1, 2]) ] };
for my $name (qw(on off)) {
    my $client = $t->connect($name);
    $client->send("x\n");
    $client->recv_line;
    my $value = $name eq 'on' ? 1 : 0;
    is_deeply $options->("back_$name", SOL_SOCKET, SO_KEEPALIVE), [$value],
        "$name: towards the server";
    is_deeply $options->($name, SOL_SOCKET, SO_KEEPALIVE), [$value], "$name: towards the client";
    next if !$value;
    my @times = map { $options->($name, IPPROTO_TCP, $_)->[0] }
        TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT;
    is "@times", '1800 20 7', 'with the times given';
}
