# SPDX-License-Identifier: BSD-2-Clause
# The second time of keepalive_timeout is told to clients.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    keepalive_timeout 75s 20s;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 x; }
        location /none { keepalive_timeout 75s; return 200 x; }
    }
}
CONF
$t->start;
my $c = $t->http_connect('web');
is $c->get('/')->header('Keep-Alive'), 'timeout=20', 'it is';
is $c->get('/none')->header('Keep-Alive'), undef, 'where it is set';
is $c->get('/', headers => [ Connection => 'close' ])->header('Keep-Alive'), undef,
    'and the connection kept';
