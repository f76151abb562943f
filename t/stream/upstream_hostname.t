# SPDX-License-Identifier: BSD-2-Clause
# A host name in an upstream group stands for all of its addresses.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

Weir->in_namespace(hosts => <<'HOSTS');
127.0.0.2 db.example.internal
127.0.0.3 db.example.internal
HOSTS
my $t = Weir->new(conf => <<'CONF', plan => 1);
stream {
    upstream db {
        server db.example.internal:3306;
        server 127.0.0.4:3306;
    }
    server {
        listen 127.0.0.1:3306;
        proxy_pass db;
    }
}
CONF
$t->tcp_server("127.0.0.$_:3306", Weir::Server::source("$_ ")) for 2, 3, 4;
$t->start;

is join('', sort map { $t->connect('127.0.0.1:3306')->recv_all } 1 .. 6), '2 2 3 3 4 4 ',
    'three servers';
