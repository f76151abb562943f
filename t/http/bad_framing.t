# SPDX-License-Identifier: BSD-2-Clause
# A request whose length can be read in two ways is answered with 400, and the connection ends.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my @bad = (
    [ 'two lengths', "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd" ],
    [ 'two lengths in one', "Content-Length: 3, 4\r\n\r\nabcd" ],
    [ 'a sign', "Content-Length: +3\r\n\r\nabc" ],
    [ 'length and chunks', "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" ],
    [ 'a space before the colon', "Content-Length : 3\r\n\r\nabc" ],
    [ 'a folded line', "X: a\r\n b\r\nContent-Length: 3\r\n\r\nabc" ],
    [ 'no name', ": x\r\nContent-Length: 3\r\n\r\nabc" ],
    [ 'CR alone in a field', "X: a\rContent-Length: 3\r\n\r\n" ],
    [ 'a chunk size that is no number', "Transfer-Encoding: chunked\r\n\r\nx\r\nabc\r\n0\r\n\r\n" ],
    [ 'a chunk size beyond 64 bits',
        "Transfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n0\r\n\r\n" ],
    [ 'a chunk longer than its size', "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n" ],
    [ 'LF alone after a chunk size', "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n" ],
    [ 'chunks in HTTP/1.0', "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", '1.0' ],
);

my $t = Weir->new(conf => <<'CONF', plan => 2 * @bad + 1);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $back = $t->http_server('back');
$t->start;

for my $case (@bad) {
    my ($name, $text, $version) = @$case;
    my $c = $t->http_connect('web');
    $c->send('POST / HTTP/' . ($version // '1.1') . "\r\nHost: a\r\n$text");
    is $c->response->status, 400, $name;
    ok $c->is_closed, "$name: the end";
}
is $back->requests, 0, 'no server sees one of them';
