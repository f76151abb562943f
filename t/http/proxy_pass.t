# SPDX-License-Identifier: BSD-2-Clause
# proxy_pass without a URI passes the request's own on, byte for byte.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], $_[0]->uri ] });
$t->start;

for my $uri ('/', '/a/b', '/?', '/a?b=c&d=%20+e', '/%41%2f%7e/../x//y', '/x;y=z') {
    is $t->http_get($uri)->body, $uri, $uri;
}
