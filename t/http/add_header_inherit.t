# SPDX-License-Identifier: BSD-2-Clause
# add_header_inherit: fields of the level above hold where there are none (on), too (merge), never
# (off); the rule is inherited itself.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 10);
http {
    add_header X http;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        return 200 x;
    }
    server {
        listen 127.0.0.1:%%PORT:merge%%;
        add_header_inherit merge;
        add_header X server;
        location / { return 200 x; }
        location /own { add_header X location; return 200 x; }
        location /on { add_header_inherit on; add_header X location; return 200 x; }
        location /if {
            add_header X location;
            if ($arg_a) { add_header X if; }
            if ($arg_b) { expires 1h; }
            return 200 x;
        }
        location /off { add_header_inherit off; return 200 x; }
    }
    server {
        listen 127.0.0.1:%%PORT:off%%;
        add_header_inherit off;
        add_header X server;
        location / { return 200 x; }
        location /own { add_header X location; return 200 x; }
        location /on { add_header_inherit on; return 200 x; }
    }
}
CONF
$t->start;

for (
    [ 'web',   '/',    'http' ],
    [ 'merge', '/',    'http', 'server' ],
    [ 'merge', '/own', 'http', 'server', 'location' ],
    [ 'merge', '/on',  'location' ],
    [ 'merge', '/off' ],
    [ 'merge', '/if?a=1', 'http', 'server', 'location', 'if' ],
    [ 'merge', '/if?b=1', 'http', 'server', 'location' ],
    [ 'off',   '/' ],
    [ 'off',   '/own', 'location' ],
    [ 'off',   '/on',  'server' ],
) {
    my ($port, $uri, @values) = @$_;
    my $r = $t->http_connect($port)->get($uri);
    is_deeply [ $r->header_values('X') ], \@values, "$port $uri";
}
