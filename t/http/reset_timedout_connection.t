# SPDX-License-Identifier: BSD-2-Clause
# reset_timedout_connection: who lets a time-out pass, or gets 444, is reset; idle clients are not.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    client_header_timeout 300ms;
    keepalive_timeout 300ms;
    server {
        listen 127.0.0.1:%%PORT:reset%%;
        reset_timedout_connection on;
        location / { return 200 x; }
        location /444 { return 444; }
    }
    server {
        listen 127.0.0.1:%%PORT:plain%%;
        location / { return 200 x; }
        location /444 { return 444; }
    }
}
CONF
$t->start;

for my $port ('reset', 'plain') {
    my $is_reset = $port eq 'reset' ? 1 : 0;
    my $c = $t->connect($port);
    $c->send("GET / HTTP/1.1\r\nHo");
    $c->recv_all;
    is $c->was_reset, $is_reset, "$port: half a head";
    $c = $t->connect($port);
    $c->send("GET /444 HTTP/1.1\r\nHost: a\r\n\r\n");
    $c->recv_all;
    is $c->was_reset, $is_reset, "$port: 444";
    $c = $t->http_connect($port);
    $c->get('/');
    $c->recv_all;
    is $c->was_reset, 0, "$port: idle";
}
