# SPDX-License-Identifier: BSD-2-Clause
# A request that no location matches is answered with 404.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /here { return 200 here; }
    }
}
CONF
$t->start;

is $t->http_get('/here')->status, 200, 'one that is there';
is $t->http_get('/nowhere')->first, 'HTTP/1.1 404 Not Found', 'one that is not';
