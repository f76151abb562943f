# SPDX-License-Identifier: BSD-2-Clause
# IPv6 serves on each side, and mixed with IPv4.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 5);
stream {
    server {
        listen [::1]:%%PORT:six%%;
        proxy_pass [::1]:%%PORT:back%%;
    }
    server {
        listen [::1]:%%PORT:four%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
    server {
        listen 127.0.0.1:%%PORT:four%%;
        proxy_pass [::1]:%%PORT:back%%;
    }
    server {
        listen [::1]:%%PORT:log%%;
        return "$remote_addr $server_addr";
    }
}
CONF
$t->tcp_server('six', Weir::Server::source('six'), port => '[::1]:back');
$t->tcp_server('four', Weir::Server::source('four'), port => '127.0.0.1:back');
$t->start;

is $t->connect('[::1]:six')->recv_all, 'six', '6 to 6';
is $t->connect('[::1]:four')->recv_all, 'four', '6 to 4';
is $t->connect('127.0.0.1:four')->recv_all, 'six', '4 to 6';
is $t->connect_error('127.0.0.1:six'), 'ECONNREFUSED', 'an IPv6 listener takes no IPv4';
is $t->connect('[::1]:log')->recv_all, '::1 ::1', 'addresses in variables';
