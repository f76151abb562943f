# SPDX-License-Identifier: BSD-2-Clause
# set, if, rewrite, break and return are done in the order of the file, the server's before the
# location's.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        set $s 1;
        location /a { set $a 1; return 200 "$s $a"; set $a 2; }
        location /b { break; return 200 never; }
        location /c { return 201 c; return 202 never; }
        location /d { rewrite ^ /a; return 200 "d $uri"; }
        location /e { return 200 e; allow all; deny all; }
        location /f { set $a 1; if ($a) { set $a 2; return 200 "$a"; } return 200 never; }
    }
}
CONF
$t->start;

is $t->http_get('/a')->body, '1 1', 'what stands behind a return is not done';
is $t->http_get('/b')->status, 404, 'nor behind a break';
is $t->http_get('/c')->status, 201, 'the first return is the one';
is $t->http_get('/d')->body, 'd /a', 'a rewrite before it';
is $t->http_get('/e')->body, 'e', 'return comes before access';
is $t->http_get('/f')->body, '2', 'in an if';
