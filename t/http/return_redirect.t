# SPDX-License-Identifier: BSD-2-Clause
# return redirects; a path becomes an absolute URL of the server that was asked.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 9);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name one.example;
        location /301 { return 301 http://other.example/x; }
        location /302 { return 302 https://other.example/x?$args; }
        location /303 { return 303 http://other.example/x; }
        location /307 { return 307 http://other.example/x; }
        location /308 { return 308 http://other.example/x; }
        location /url { return http://other.example/url; }
        location /path { return 301 /new/path?a=b; }
    }
}
CONF
$t->start;

for my $status (301, 303, 307, 308) {
    my $r = $t->http_get("/$status");
    is $r->status . ' ' . $r->header('Location'), "$status http://other.example/x",
        "status $status";
}
my $r = $t->http_get('/302?a=b');
is $r->status . ' ' . $r->header('Location'), '302 https://other.example/x?a=b',
    '302 with a variable';
$r = $t->http_get('/url');
is $r->status . ' ' . $r->header('Location'), '302 http://other.example/url',
    'a URL alone is a 302';
$r = $t->http_get('/path', host => 'one.example');
is $r->status, 301, 'a path';
is $r->header('Location'), 'http://one.example:' . $t->port('web') . '/new/path?a=b',
    'with scheme, name and port';
is length $r->body, $r->header('Content-Length'), 'a body of the length announced';
