# SPDX-License-Identifier: BSD-2-Clause
# Expressions come after exact paths and "^~", before plain prefixes; the first that fits is taken.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 16);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 any; }
        location = /exact.php { return 200 exact; }
        location ^~ /first/ { return 200 first; }
        location /plain/long/ { return 200 plain; }
        location ~ \.php$ { return 200 "php $uri"; }
        location ~* \.(gif|jpe?g)$ { return 200 "image $1"; }
        location ~ ^/order/(?<name>[a-z]+)/(\d+)$ { return 200 "$name $1 $2"; }
        location ~ ^/order { return 200 second; }
        location ~^/close/(.) { return 200 "close $1"; }
        location ~*^/CLOSER { return 200 closer; }
    }
}
CONF
$t->start;

my %expected = (
    '/' => 'any', '/exact.php' => 'exact', '/first/a.php' => 'first', '/first.php' => 'php /first.php',
    '/plain/long/a' => 'plain', '/plain/long/a.php' => 'php /plain/long/a.php',
    '/a.PHP' => 'any', '/a.php/' => 'any', '/a.%70hp' => 'php /a.php', '/a.JPEG' => 'image JPEG',
    '/a.gif' => 'image gif', '/order/abc/12' => 'abc abc 12', '/order/ABC/12' => 'second',
    '/close/x' => 'close x', '/closer' => 'closer', '/a.php?b=.gif' => 'php /a.php',
);
is $t->http_get($_)->body, $expected{$_}, $_ for sort keys %expected;
