# SPDX-License-Identifier: BSD-2-Clause
# What a rewrite has left of a path begins with "/" for a server, whatever it looks like.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    merge_slashes off;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /app { rewrite ^/app(.*)$ $1 break; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], $_[0]->uri ] });
$t->start;

is $t->http_get('/app/x')->body, '/x', 'a path';
is $t->http_get('/app-x?y=1')->body, '/-x?y=1', 'a path without "/"';
is $t->http_get('/apphttp://other/x')->body, '/http://other/x', 'what would be a URL';
