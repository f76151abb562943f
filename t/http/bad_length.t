# SPDX-License-Identifier: BSD-2-Clause
# A request line that is too long gets 414, a head that is too long 400.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 5);
http {
    large_client_header_buffers 2 4k;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        return 200 x;
    }
}
CONF
$t->start;

is $t->http_get('/' . 'x' x 3000)->status, 200, 'a long line';
is $t->http_get('/' . 'x' x 5000)->status, 414, 'a line that is too long';
is $t->http_get('/', headers => [ 'X-A' => 'x' x 3000 ])->status, 200, 'a long field';
is $t->http_get('/', headers => [ 'X-A' => 'x' x 5000 ])->status, 400, 'a field that is too long';
is $t->http_get('/', headers => [ map { ("X-$_" => 'x' x 1000) } 1 .. 12 ])->status, 400,
    'too many fields';
