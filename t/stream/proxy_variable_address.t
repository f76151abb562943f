# SPDX-License-Identifier: BSD-2-Clause
# A variable in proxy_pass may name an address.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
stream {
    map $server_port $address {
        %%PORT:one%% 127.0.0.1:%%PORT:a%%;
        %%PORT:two%% unix:%%DIR%%/b.sock;
        %%PORT:three%% [::1]:%%PORT:c%%;
    }
    server {
        listen 127.0.0.1:%%PORT:one%%;
        listen 127.0.0.1:%%PORT:two%%;
        listen 127.0.0.1:%%PORT:three%%;
        proxy_pass $address;
    }
}
CONF
$t->source_server('a', 'a');
$t->tcp_server('b', Weir::Server::source('b'), port => 'unix:b.sock');
$t->tcp_server('c', Weir::Server::source('c'), port => '[::1]:c');
$t->start;

is $t->connect('one')->recv_all, 'a', 'an IP address';
is $t->connect('two')->recv_all, 'b', 'a UNIX socket';
is $t->connect('three')->recv_all, 'c', 'an IPv6 address';
