# SPDX-License-Identifier: BSD-2-Clause
# return with a status alone makes a page for it, 204 none, and 408, 444 and 499 hang up.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 9);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /403 { return 403; }
        location /204 { return 204; }
        error_page 444 =200 /204;
        location /408 { return 408; }
        location /444 { return 444; }
        location /499 { return 499; }
    }
}
CONF
$t->start;

my $r = $t->http_get('/403');
is $r->first, 'HTTP/1.1 403 Forbidden', 'its status line';
is $r->header('Content-Type'), 'text/html', 'a page';
like $r->body, qr/403 Forbidden/, 'that says so';
$r = $t->http_get('/204');
is $r->first, 'HTTP/1.1 204 No Content', 'no page: its status line';
is $r->header('Content-Length'), undef, 'without a length';
for my $status (408, 444, 499) {
    my $c = $t->http_connect('web');
    $c->send("GET /$status HTTP/1.1\r\nHost: a\r\n\r\n");
    ok $c->is_closed, "$status: no byte";
}
is $t->http_get('/204')->status, 204, 'and all goes on';
