# SPDX-License-Identifier: BSD-2-Clause
# A body that is larger than client_max_body_size is answered with 413.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 9);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /small { client_max_body_size 10; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /any { client_max_body_size 0; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $back = $t->http_server('back', sub { [ 200, [], length $_[0]->body ] });
$t->start;

sub post {
    my ($uri, $size) = @_;
    return $t->http_get($uri, method => 'POST', body => 'x' x $size);
}

is post('/', 2**20)->body, 2**20, '1m unless told';
is post('/', 2**20 + 1)->status, 413, 'one byte more';
is post('/small', 10)->body, 10, 'as much as is said';
is post('/small', 11)->status, 413, 'one byte more';
is post('/any', 3_000_000)->body, 3_000_000, '0: any';
is $back->requests, 3, 'the others did not reach the server';

my $c = $t->http_connect;
$c->send("POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
$c->send("4\r\nabcd\r\n");
$c->send("4\r\nabcd\r\n" x 2, maybe => 1);
is $c->response('POST')->status, 413, 'one that comes in chunks is measured on the way';
ok $c->is_closed, 'the connection ends';
is $t->http_get('/')->status, 200, 'others are served';
