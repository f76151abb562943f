# SPDX-License-Identifier: BSD-2-Clause
# limit_except: what holds for all methods but those; the handler is the location's.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 10);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { limit_except GET { deny all; } proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /write/ { limit_except post PUT { deny all; } proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /other/ {
            limit_except GET { proxy_pass http://127.0.0.1:%%PORT:other%%; }
            return 200 get;
        }
    }
}
CONF
$t->http_server('back');
$t->http_server('other');
$t->start;

my %expected = (
    'GET /' => 200, 'HEAD /' => 200, 'POST /' => 403, 'ODD /' => 403, 'OPTIONS /' => 403,
    'POST /write/' => 200, 'PUT /write/' => 200, 'GET /write/' => 403,
);
for (sort keys %expected) {
    my ($method, $path) = split;
    is $t->http_get($path, method => $method)->status, $expected{$_}, $_;
}
is $t->http_get('/other/', method => 'POST')->body, 'other', 'a handler of its own, no program';
is $t->http_get('/other/')->body, 'get', 'the location itself';
