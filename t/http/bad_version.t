# SPDX-License-Identifier: BSD-2-Clause
# HTTP versions that are not spoken get 505, transfer codings that are not known 400.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        return 200 x;
    }
}
CONF
$t->start;

is $t->http("GET / HTTP/$_\r\nHost: a\r\n\r\n")->status, 505, "HTTP/$_" for '2.0', '3.1';
is $t->http("GET / HTTP/1.2\r\nHost: a\r\nConnection: close\r\n\r\n")->status, 200,
    'HTTP/1.2 is taken for 1.1';
is $t->http("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: zip\r\n\r\n")->status, 400,
    'an unknown coding';
