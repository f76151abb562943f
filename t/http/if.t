# SPDX-License-Identifier: BSD-2-Clause
# What stands in an if holds when its condition is true: set, rewrite, return, and settings of the
# location, whose handler stays.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 20);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        if ($arg_server) { return 200 "server $uri"; }
        location /test/ {
            set $r "";
            if ($arg_a) { set $r a; }
            if ($arg_b = one) { set $r "${r}b"; }
            if ($arg_b != one) { set $r "${r}n"; }
            if ($http_x ~ ^v(\d+)$) { set $r "${r}x$1"; }
            if ($http_x ~* ^V) { set $r "${r}i"; }
            if ($http_x !~ ^v) { set $r "${r}m"; }
            return 200 $r;
        }
        location /file/ {
            set $r "";
            if (-f %%DIR%%/$arg_p) { set $r f; }
            if (-d %%DIR%%/$arg_p) { set $r "${r}d"; }
            if (!-e %%DIR%%/$arg_p) { set $r "${r}n"; }
            if (-x %%DIR%%/$arg_p) { set $r "${r}x"; }
            return 200 $r;
        }
        location /proxied/ {
            proxy_set_header X-From location;
            default_type text/a;
            if ($arg_a) { proxy_pass http://127.0.0.1:%%PORT:other%%; }
            if ($arg_b) { add_header X-B 1; }
            if ($arg_c) { add_header X-C 1; }
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
        location /rewritten { if ($arg_a) { rewrite ^ /test/ last; } return 200 no; }
        location /captured { if ($uri ~ ^/captured/(.*)$) { return 200 "captured $1"; } }
        location /broken { if ($arg_a) { break; } return 200 reached; }
    }
}
CONF
$t->http_server('back');
$t->http_server('other');
$t->start;

sub body { my ($path, @more) = @_; return $t->http_get($path, @more)->body }

is body('/x?server=1'), 'server /x', 'in a server';
is body('/test/?'), 'nm', 'empty is not true';
is body('/test/?a=0'), 'nm', 'nor is 0';
is body('/test/?a=1'), 'anm', 'a value is';
is body('/test/?a=1&b=one'), 'abm', '= and !=';
is body('/test/?b=ONE'), 'nm', 'case counts';
is body('/test/', headers => [ X => 'v12' ]), 'nx12i', '~ and its captures';
is body('/test/', headers => [ X => 'V' ]), 'nim', '~* and !~';
is body('/file/?p=weir.conf'), 'f', '-f';
is body('/file/?p=logs'), 'dx', '-d';
is body('/file/?p=none'), 'n', '!-e';
is body('/proxied/'), 'back', 'a location with if blocks';
is body('/proxied/?a=1'), 'other', 'another handler';
my $r = $t->http_get('/proxied/?b=1');
is $r->body . $r->header('X-B'), 'back1', 'a setting; the handler stays';
$r = $t->http_get('/proxied/?b=1&c=1');
is $r->body . $r->header('X-C') . ($r->header('X-B') // '-'), 'back1-', 'the last one that is true holds';
is body('/rewritten?a=1'), 'anm', 'rewrite';
is body('/rewritten'), 'no', 'or not';
is body('/captured/x'), 'captured x', 'captures of the condition';
is body('/broken'), 'reached', 'break in an if that is not true';
is $t->http_get('/broken?a=1')->status, 404, 'and in one that is';
