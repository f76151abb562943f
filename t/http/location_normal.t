# SPDX-License-Identifier: BSD-2-Clause
# Locations see the path in its normal form: decoded, without "//", "." and "..".
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 8);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 "root $uri"; }
        location /a/ { return 200 "a $uri"; }
    }
}
CONF
$t->start;

my %expected = (
    '/%61/b' => 'a /a/b',
    '//a///b' => 'a /a/b',
    '/x/../a/./b' => 'a /a/b',
    '/a/../b' => 'root /b',
    '/a/%2e%2e/b' => 'root /b',
    '/a%2Fb' => 'a /a/b',
    '/a/b?c/../d' => 'a /a/b',
);
is $t->http_get($_)->body, $expected{$_}, $_ for sort keys %expected;
is $t->http_get('/../x')->status, 400, 'a path that leaves the root is refused';
