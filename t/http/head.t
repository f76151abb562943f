# SPDX-License-Identifier: BSD-2-Clause
# HEAD is answered as GET is, without the body.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 7);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /return { return 200 four; }
        location /missing { return 404; }
        location /back { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $back = $t->http_server('back', sub { [ 200, [ 'X-Method' => $_[0]->method ], 'body!' ] });
$t->start;

my $c = $t->http_connect('web');
my $r = $c->get('/return', method => 'HEAD');
is $r->status, 200, 'return';
is $r->header('Content-Length'), 4, 'with the length';
is $c->get('/missing', method => 'HEAD')->status, 404, 'an error';
$r = $c->get('/back', method => 'HEAD');
is $r->status, 200, 'from a server';
is $r->header('X-Method'), 'HEAD', 'that was asked so';
is $r->header('Content-Length'), 5, 'with the length';
is $c->get('/back')->body, 'body!', 'the connection goes on';
