# SPDX-License-Identifier: BSD-2-Clause
# What one request's server says of heads holds for that request: the next one on the connection is
# read as the listener's default server has it, as a first one is.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name a;
        location / { return 200 "a $http_x_y"; }
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name b;
        underscores_in_headers on;
        large_client_header_buffers 4 32k;
        location / { return 200 "b $http_x_y"; }
    }
}
CONF
$t->start;

my $c = $t->http_connect('web');
is $c->get('/', host => 'a', headers => [ X_Y => 'z' ])->body, 'a ', 'dropped by the default server';
is $c->get('/', host => 'b', headers => [ X_Y => 'z' ])->body, 'b ', 'and before b is known';
is $c->get('/', host => 'a', headers => [ X_Y => 'z' ])->body, 'a ', 'and behind a request for b';
is $c->get('/', headers => [ X => 'z' x 20_000 ], host => 'a')->status, 400, 'its size, too';
