# SPDX-License-Identifier: BSD-2-Clause
# tcp_nodelay and proxy_socket_keepalive set the options of the connections.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Socket qw(:all);
use Weir::Socket;

my $t = Weir->new(conf => <<'CONF', plan => 8);
http {
    server {
        listen 127.0.0.1:%%PORT:default%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back_default%%; }
    }
    server {
        listen 127.0.0.1:%%PORT:other%%;
        tcp_nodelay off;
        location / {
            proxy_pass http://127.0.0.1:%%PORT:back_other%%;
            proxy_socket_keepalive on;
        }
    }
}
CONF
$t->http_server("back_$_") for qw(default other);
$t->start;

sub options { return [ Weir::Socket::options([ $t->worker_pids ], $t->port($_[0]), @_[1, 2]) ] }

for my $case ([ 'default', 1, 0 ], [ 'other', 0, 1 ]) {
    my ($name, $nodelay, $keepalive) = @$case;
    my $c = $t->http_connect($name);
    is $c->get('/')->body, "back_$name", $name;
    is_deeply options($name, IPPROTO_TCP, TCP_NODELAY), [$nodelay], 'TCP_NODELAY to the client';
    is_deeply options("back_$name", IPPROTO_TCP, TCP_NODELAY), [1], 'and to the server';
    is_deeply options("back_$name", SOL_SOCKET, SO_KEEPALIVE), [$keepalive],
        'SO_KEEPALIVE to the server';
}
