# SPDX-License-Identifier: BSD-2-Clause
# Hosts and paths reach each their own group.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    upstream api1 { server 127.0.0.1:%%PORT:v1%%; }
    upstream api2 { server 127.0.0.1:%%PORT:v2%%; }
    upstream site { server 127.0.0.1:%%PORT:site%%; }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name api.example;
        location /v1/ { proxy_pass http://api1; }
        location /v2/ { proxy_pass http://api2; }
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name www.example;
        location / { proxy_pass http://site; }
    }
}
CONF
$t->http_server($_) for qw(v1 v2 site);
$t->start;

is $t->http_get('/v1/x', host => 'api.example')->body, 'v1', 'one path';
is $t->http_get('/v2/x', host => 'api.example')->body, 'v2', 'another path';
is $t->http_get('/v3/x', host => 'api.example')->status, 404, 'no path';
is $t->http_get('/v1/x', host => 'www.example')->body, 'site', 'another host';
