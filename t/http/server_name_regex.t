# SPDX-License-Identifier: BSD-2-Clause
# A server_name can be an expression: it comes after all names and wildcards, and its captures are
# there for the request; $hostname is the name of the host.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Sys::Hostname;
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 7);
http {
    server { listen 127.0.0.1:%%PORT:web%%; return 200 default; }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name ~^(\w+)-(?<rest>\w+)\.example$;
        location / { return 200 "$1 $rest $server_name"; }
        location ~ ^/re/(.) { return 200 "$1 $rest"; }
        location /proxied { proxy_pass http://127.0.0.1:%%PORT:back%%/$rest; }
    }
    server { listen 127.0.0.1:%%PORT:web%%; server_name a-known.example; return 200 known; }
    server { listen 127.0.0.1:%%PORT:web%%; server_name *.b-c.example; return 200 wild; }
    server { listen 127.0.0.1:%%PORT:web%%; server_name $hostname; return 200 "host $server_name"; }
}
CONF
$t->http_server('back', sub { [ 200, [], $_[0]->uri ] });
$t->start;

sub body { return $t->http_get($_[1] // '/', host => $_[0])->body }

is body('a-b.example'), 'a b ~^(\w+)-(?<rest>\w+)\.example$', 'captures by number and by name';
is body('A-B.example', '/re/x'), 'x b', 'an expression of a location has its own';
is body('a-b.example', '/proxied'), '/b', 'to a server';
is body('a-known.example'), 'known', 'names come first';
is body('x.b-c.example'), 'wild', 'and wildcards';
is body('a.example'), 'default', 'no match';
is body(hostname()), 'host ' . lc hostname(), '$hostname';
