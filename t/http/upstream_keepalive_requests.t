# SPDX-License-Identifier: BSD-2-Clause
# A connection to a server carries no more requests than the upstream's keepalive_requests.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 1);
http {
    upstream back {
        server 127.0.0.1:%%PORT:back%%;
        keepalive_requests 3;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://back; }
    }
}
CONF
my $back = $t->http_server('back', sub { [ 200, [], $_[2]->accepts ] });
$t->start;

my $c = $t->http_connect;
is join(' ', map { $c->get('/')->body } 1 .. 7), '1 1 1 2 2 2 3', 'three each';
