# SPDX-License-Identifier: BSD-2-Clause
# The longest prefix wins, in whatever order the locations stand.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 8);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /a/ { return 200 a; }
        location / { return 200 root; }
        location /a/b/c { return 200 abc; }
        location /a/b { return 200 ab; }
        location /images { return 200 images; }
    }
}
CONF
$t->start;

my %expected = (
    '/' => 'root', '/a' => 'root', '/a/' => 'a', '/a/x?/a/b' => 'a', '/a/b' => 'ab',
    '/a/bx' => 'ab', '/a/b/cd' => 'abc', '/images.html' => 'images',
);
is $t->http_get($_)->body, $expected{$_}, $_ for sort keys %expected;
