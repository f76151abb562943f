# SPDX-License-Identifier: BSD-2-Clause
# A request that is none is answered with 400, and the connection ends.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my @bad = (
    [ 'no method', " / HTTP/1.1\r\nHost: a\r\n\r\n" ],
    [ 'a method in lower case', "get / HTTP/1.1\r\nHost: a\r\n\r\n" ],
    [ 'no path', "GET HTTP/1.1\r\nHost: a\r\n\r\n" ],
    [ 'a path without its slash', "GET x HTTP/1.1\r\nHost: a\r\n\r\n" ],
    [ 'no version number', "GET / HTTP/x\r\nHost: a\r\n\r\n" ],
    [ 'another protocol', "GET / FTP/1.1\r\nHost: a\r\n\r\n" ],
    [ 'TLS', "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n" ],
    [ 'no Host', "GET / HTTP/1.1\r\n\r\n" ],
    [ 'an empty Host', "GET / HTTP/1.1\r\nHost:\r\n\r\n" ],
    [ 'two Hosts', "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" ],
    [ 'a slash in Host', "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n" ],
    [ 'NUL in a field', "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n" ],
    [ 'NUL in the path', "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n" ],
    [ 'an encoded NUL in the path', "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n" ],
    [ 'a percent sign without digits', "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n" ],
    [ 'a Content-Length that is no number',
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n" ],
    [ 'a negative Content-Length', "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n" ],
    [ 'a Content-Length beyond 64 bits',
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n" ],
);

my $t = Weir->new(conf => <<'CONF', plan => 2 * @bad + 1);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 x; }
    }
}
CONF
$t->start;

for my $case (@bad) {
    my ($name, $text) = @$case;
    my $c = $t->http_connect('web');
    $c->send($text);
    is $c->response->status, 400, $name;
    ok $c->is_closed, "$name: the end";
}
is $t->http_get('/')->status, 200, 'a good one is served after them';
