# SPDX-License-Identifier: BSD-2-Clause
# With ipv6only=off one listener takes both families.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    server {
        listen [::]:%%PORT:front%% ipv6only=off;
        return "$remote_addr";
    }
}
CONF
$t->start;

is $t->connect('[::1]:front')->recv_all, '::1', 'IPv6';
like $t->connect('127.0.0.1:front')->recv_all, qr/^(?:::ffff:)?127\.0\.0\.1$/, 'IPv4';
