# SPDX-License-Identifier: BSD-2-Clause
# A request that is none is logged too.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    log_format all '$status|$request|$request_method|$uri|$remote_addr';
    access_log %%DIR%%/access.log all;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 x; }
    }
}
CONF
$t->start;

$t->http("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n");
is +($t->wait_lines('access.log', 1))[0], '400|GET / HTTP/1.1|GET|/|127.0.0.1', 'a bad field';
$t->http("\x16\x03\x01\r\n\r\n");
is +($t->wait_lines('access.log', 2))[1], '400|\x16\x03\x01|-|-|127.0.0.1', 'TLS';
