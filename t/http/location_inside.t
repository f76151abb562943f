# SPDX-License-Identifier: BSD-2-Clause
# Locations inside of others: the search goes on there, and what is around comes after; what they do
# not set they have from around.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 13);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        default_type text/server;
        location / { return 200 any; }
        location ~ \.php$ { return 200 "php"; }
        location /outer/ {
            default_type text/outer;
            return 200 outer;
            location /outer/inner/ { return 200 inner; }
            location = /outer/exact { return 200 exact; }
            location ~ \.txt$ { return 200 txt; }
        }
        location ^~ /first/ {
            location ~ x$ { return 200 "first x"; }
            location /first/deep/ { location ~ y$ { return 200 "deep y"; } return 200 deep; }
            return 200 first;
        }
        location ~ ^/re/ {
            location ~ ^/re/(.*)\.html$ { return 200 "html $1"; }
            return 200 re;
        }
        location /handled/ {
            proxy_pass http://127.0.0.1:%%PORT:back%%;
            location /handled/not/ { }
        }
    }
}
CONF
$t->http_server('back');
$t->start;

my %expected = (
    '/outer/a' => 'outer', '/outer/inner/a' => 'inner', '/outer/exact' => 'exact',
    '/outer/a.txt' => 'txt', '/outer/a.php' => 'php', '/outer/inner/a.txt' => 'txt',
    '/first/a.php' => 'first', '/first/x' => 'first x', '/first/deep/y' => 'deep y',
    '/re/a.html' => 'html a', '/re/a' => 're',
);
is $t->http_get($_)->body, $expected{$_}, $_ for sort keys %expected;
is $t->http_get('/outer/inner/')->header('Content-Type'), 'text/outer', 'settings come from around';
is $t->http_get('/handled/not/a')->status, 404, 'handlers do not';
