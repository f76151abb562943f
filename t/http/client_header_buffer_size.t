# SPDX-License-Identifier: BSD-2-Clause
# A line of a head that fits neither client_header_buffer_size nor a large buffer is too long.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 5);
http {
    large_client_header_buffers 1 2k;
    server {
        listen 127.0.0.1:%%PORT:small%%;
        client_header_buffer_size 512;
        return 200 x;
    }
    server {
        listen 127.0.0.1:%%PORT:large%%;
        client_header_buffer_size 16k;
        return 200 x;
    }
}
CONF
$t->start;

is $t->http_get('/' . 'x' x 1500, port => 'small')->status, 200, 'it fits the large buffer';
is $t->http_get('/' . 'x' x 10_000, port => 'small')->status, 414, 'it fits none';
is $t->http_get('/' . 'x' x 10_000, port => 'large')->status, 200, 'it fits the first one';
is $t->http_get('/', port => 'large', headers => [ 'X-A' => 'x' x 10_000 ])->status, 200,
    'so does a field';
is $t->http_get('/' . 'x' x 20_000, port => 'large')->status, 414, 'there is an end of that, too';
