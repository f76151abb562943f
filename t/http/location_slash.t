# SPDX-License-Identifier: BSD-2-Clause
# Where a prefix with "/" at its end is proxied, the path without it is redirected there.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 9);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /a/ { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /b/ { return 200 b; }
        location = /c/ { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /d/ { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location = /d { return 200 "d itself"; }
        location "/e f/" { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /a-b/ { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back');
$t->start;

sub to {
    my $r = $t->http_get($_[0], host => 'x.example');
    return $r->status . ' ' . ($r->header('Location') // '');
}

my $origin = 'http://x.example:' . $t->port('web');
is to('/a'), "301 $origin/a/", 'a proxied prefix';
is to('/a?b=c'), "301 $origin/a/?b=c", 'arguments are kept';
is to('/a-b'), "301 $origin/a-b/", 'names that begin alike';
is to('/b'), '404 ', 'nothing of the kind without a proxy';
is to('/c'), "301 $origin/c/", 'an exact one';
is to('/d'), '200 ', 'what is there is there';
is to('/e%20f'), "301 $origin/e%20f/", 'the name is escaped';
is to('/a/'), '200 ', 'with the slash';
is to('/a//'), '200 ', 'with two';
