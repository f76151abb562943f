# SPDX-License-Identifier: BSD-2-Clause
# merge_slashes off: several slashes in a path stay several.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    server {
        listen 127.0.0.1:%%PORT:on%%;
        location / { return 200 "other $uri"; }
        location /a/b { return 200 "one $uri"; }
    }
    server {
        listen 127.0.0.1:%%PORT:off%%;
        merge_slashes off;
        location / { return 200 "other $uri"; }
        location /a/b { return 200 "one $uri"; }
        location /a//b { return 200 "two $uri"; }
    }
}
CONF
$t->start;

is $t->http_get('/a//b', port => 'on')->body, 'one /a/b', 'on, which is the default';
is $t->http_get('/a/b', port => 'off')->body, 'one /a/b', 'off: one slash';
is $t->http_get('/a//b', port => 'off')->body, 'two /a//b', 'off: two';
is $t->http_get('/a///b', port => 'off')->body, 'other /a///b', 'off: three';
is $t->http_get('//a/b', port => 'off')->body, 'other //a/b', 'off: two in front';
is $t->http_get('/a//../b', port => 'off')->body, 'one /a/b', 'off: ".." takes one away';
