# SPDX-License-Identifier: BSD-2-Clause
# listen takes a range of ports.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

Weir->in_namespace;
my $t = Weir->new(conf => <<'CONF', plan => 3);
stream {
    server {
        listen 127.0.0.1:8000-8003;
        return $server_port;
    }
}
CONF
$t->start;

is join(' ', map { $t->connect($_)->recv_all } 8000 .. 8003), '8000 8001 8002 8003', 'each of them';
is $t->connect_error(7999), 'ECONNREFUSED', 'not the one before';
is $t->connect_error(8004), 'ECONNREFUSED', 'nor the one after';
