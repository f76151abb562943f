# SPDX-License-Identifier: BSD-2-Clause
# proxy_bind gives the own address of connections to the server.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6);
stream {
    proxy_bind 127.0.0.5;
    server {
        listen 127.0.0.1:%%PORT:inherited%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
    server {
        listen 127.0.0.1:%%PORT:own%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
        proxy_bind 127.0.0.6;
    }
    server {
        listen 127.0.0.1:%%PORT:variable%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
        proxy_bind $remote_addr;
    }
    server {
        listen 127.0.0.1:%%PORT:nonsense%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
        proxy_bind $protocol;
    }
    server {
        listen 127.0.0.1:%%PORT:off%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
        proxy_bind off;
    }
}
CONF
$t->tcp_server('back', sub { $_[0]->send(($_[0]->remote)[0]) });
$t->start;

is $t->connect('inherited')->recv_all, '127.0.0.5', 'inherited';
is $t->connect('own')->recv_all, '127.0.0.6', 'of the server\'s own';
is $t->connect('variable', from => '127.0.0.7')->recv_all, '127.0.0.7', 'a variable';
is $t->connect('nonsense')->recv_all, '127.0.0.1', 'a variable that is no address';
$t->wait_log(qr/\[error\] .*invalid local address "TCP", client: 127\.0\.0\.1/);
pass 'is said';
is $t->connect('off', from => '127.0.0.7')->recv_all, '127.0.0.1', 'off';
