# SPDX-License-Identifier: BSD-2-Clause
# A rewrite may lead to ten more locations, and no further.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2, allow_log => qr/cycle/);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { rewrite ^/(x*)$ /x$1 last; }
        location = /xxxxxxxxxx { return 200 ten; }
        location = /xxxxxxxxxxx { return 200 eleven; }
    }
}
CONF
$t->start;

is $t->http_get('/')->body, 'ten', 'ten';
is $t->http_get('/y')->status, 404, 'no match, no round';
