# SPDX-License-Identifier: BSD-2-Clause
# rewrite changes the path and the arguments; its flag says how to go on.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 20, allow_log => qr/cycle|zero length/);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        rewrite ^/server/(.*)$ /target/$1;
        location / { return 200 any; }
        location /target/ { return 200 "$uri $args|$request_uri"; }
        location /last/ { rewrite ^/last/(.*)$ /target/$1 last; return 200 never; }
        location /break/ { rewrite ^/break/(.*)$ /target/$1 break; return 200 never; }
        location /next/ { rewrite ^/next/(.*)$ /target/$1; return 200 "next $uri"; }
        location /twice/ { rewrite ^/twice/ /thrice/; rewrite ^/thrice/ /target/; }
        location /redirect/ { rewrite ^/redirect/(.*)$ /target/$1 redirect; }
        location /permanent/ { rewrite ^/permanent/(.*)$ http://a.example/$1?x=y permanent; }
        location /args/ { rewrite ^/args/(.*)$ /target/?was=$1 last; }
        location /drop/ { rewrite ^/drop/(.*)$ /target/? last; }
        location /named/ { rewrite ^/named/(?<what>.*)$ /target/$what-$what last; }
        location /other/ { rewrite ^/nothing/ /target/ last; return 200 other; }
        location /proxied/ { rewrite ^/proxied/(.*)$ /new/$1 break; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /prefix/ { rewrite ^/prefix/(.*)$ /new/$1 break; proxy_pass http://127.0.0.1:%%PORT:back%%/uri/; }
        location /setargs { set $args x=$arg_y; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /loop/ { rewrite ^ /loop/x last; }
        location /empty/ { rewrite ^/empty/(.*)$ $1 last; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], $_[0]->uri ] });
$t->start;

sub body { return $t->http_get($_[0])->body }
sub to {
    my $r = $t->http_get($_[0], host => 'x.example');
    return $r->status . ' ' . ($r->header('Location') // '');
}

is body('/server/a?b=c'), '/target/a b=c|/server/a?b=c', 'in a server';
is body('/last/a'), '/target/a |/last/a', 'last';
is $t->http_get('/break/a')->status, 404, 'break ends the program and stays in the location';
is body('/next/a'), 'next /target/a', 'without a flag the next step is next';
is body('/twice/a'), '/target/ |/twice/a', 'and the location is searched in the end';
is to('/redirect/a?b=c'), '302 http://x.example:' . $t->port('web') . '/target/a?b=c', 'redirect';
is to('/permanent/a?b=c'), '301 http://a.example/a?x=y&b=c', 'permanent';
is body('/args/a?b=c'), '/target/ was=a&b=c|/args/a?b=c', 'arguments come before those of the client';
is body('/drop/a?b=c'), '/target/ |/drop/a?b=c', 'or in their place';
is body('/named/a'), '/target/a-a |/named/a', 'named groups';
is body('/other/a'), 'other', 'no match';
is body('/last/a%20b'), '/target/a b |/last/a%20b', 'the path is decoded';
is body('/proxied/a%20b?c=d'), '/new/a%20b?c=d', 'a server gets the new path';
is body('/proxied/a'), '/new/a', 'without arguments';
is body('/prefix/a'), '/new/a', 'proxy_pass with a URI replaces nothing of it';
is body('/setargs?y=1'), '/setargs?x=1', 'set $args';
is $t->http_get('/loop/')->status, 500, 'a cycle ends';
ok $t->wait_log(qr/rewrite or internal redirection cycle while processing "\/loop\/x"/), 'logged';
is $t->http_get('/empty/')->status, 500, 'a path must be left';
ok $t->wait_log(qr/the rewritten URI has a zero length/), 'logged, too';
