# SPDX-License-Identifier: BSD-2-Clause
# Locations that are internal are not there for clients, but for redirects inside of weir.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /inside/ { internal; return 200 "inside $uri"; location /inside/deeper { return 200 deeper; } }
        location /page { error_page 403 =200 /inside/page; return 403; }
        location /rewritten { rewrite ^ /inside/rewritten last; }
    }
}
CONF
$t->start;

is $t->http_get('/inside/x')->status, 404, 'not for a client';
is $t->http_get('/inside/deeper')->status, 404, 'and what is in it neither';
is $t->http_get('/page')->body, 'inside /inside/page', 'for error_page';
is $t->http_get('/rewritten')->body, 'inside /inside/rewritten', 'for rewrite';
