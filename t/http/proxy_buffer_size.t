# SPDX-License-Identifier: BSD-2-Clause
# The head of a response has to fit proxy_buffer_size; a larger one gives 502.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 7);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /large { proxy_pass http://127.0.0.1:%%PORT:back%%; proxy_buffer_size 64k; }
        location /small { proxy_pass http://127.0.0.1:%%PORT:back%%; proxy_buffer_size 128; proxy_buffers 4 128; }
    }
}
CONF
$t->http_server('back', sub {
    my ($size) = $_[0]->uri =~ /(\d+)$/;
    return [ 200, [ 'X-Long' => 'x' x $size ], 'b' x 100_000 ];
});
$t->start;

is $t->http_get('/3000')->header('X-Long'), 'x' x 3000, 'it fits';
is $t->http_get('/9000')->status, 502, 'it does not';
my $answer = $t->http_get('/large/50000');
is $answer->header('X-Long'), 'x' x 50_000, 'it fits a larger one';
is $answer->body, 'b' x 100_000, 'and the body is whole';
$answer = $t->http_get('/small/10');
is $answer->header('X-Long'), 'x' x 10, 'a small head fits a small one';
is $answer->body, 'b' x 100_000, 'and the body needs none of it';
is $t->http_get('/small/128')->status, 502, 'a larger one does not';
