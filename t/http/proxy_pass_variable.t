# SPDX-License-Identifier: BSD-2-Clause
# A variable in proxy_pass may name a group or an address.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    upstream one { server 127.0.0.1:%%PORT:one%%; }
    map $host $where {
        one.example one;
        two.example 127.0.0.1:%%PORT:two%%;
        default "";
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$where; }
    }
}
CONF
$t->http_server('one', sub { [ 200, [], 'one ' . $_[0]->uri ] });
$t->http_server('two', sub { [ 200, [], 'two ' . $_[0]->uri ] });
$t->start;

is $t->http_get('/a?b', host => 'one.example')->body, 'one /a?b', 'a group';
is $t->http_get('/a?b', host => 'two.example')->body, 'two /a?b', 'an address';
like $t->http_get('/', host => 'three.example')->status, qr/^50[02]$/, 'nothing';
