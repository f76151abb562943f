# SPDX-License-Identifier: BSD-2-Clause
# A thousand requests need a few connections to the server.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    upstream back {
        server 127.0.0.1:%%PORT:back%%;
        keepalive 4;
        keepalive_requests 100000;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        keepalive_requests 100000;
        location / {
            proxy_pass http://back;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
}
CONF
my $back = $t->http_server('back', sub { [ 200, [], $_[0]->uri ] });
$t->start;

my $c = $t->http_connect('web');
is scalar(grep { $c->get("/$_")->body eq "/$_" } 1 .. 1000), 1000, 'all are answered';
is $back->requests, 1000, 'by the server';
cmp_ok $back->accepts, '<=', 4, 'over a few connections';
