# SPDX-License-Identifier: BSD-2-Clause
# A host name in proxy_pass is resolved at start, to all of its addresses.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

Weir->in_namespace(hosts => <<'HOSTS');
127.0.0.2 db.example.internal
127.0.0.3 two.example.internal
127.0.0.4 two.example.internal
HOSTS
my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    server {
        listen 127.0.0.1:3306;
        proxy_pass db.example.internal:3306;
    }
    server {
        listen 127.0.0.1:3307;
        proxy_pass two.example.internal:3306;
    }
}
CONF
for my $address (qw(127.0.0.2:3306 127.0.0.3:3306 127.0.0.4:3306)) {
    $t->tcp_server($address, Weir::Server::source("$address "));
}
$t->start;

is $t->connect('127.0.0.1:3306')->recv_all, '127.0.0.2:3306 ', 'the address of the name';
is join('', sort map { $t->connect('127.0.0.1:3307')->recv_all } 1 .. 4),
    '127.0.0.3:3306 127.0.0.3:3306 127.0.0.4:3306 127.0.0.4:3306 ',
        'a name with two addresses uses both';
