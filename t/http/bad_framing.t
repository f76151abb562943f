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
    [ 'two codings', "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" ],
    [ 'two codings in one', "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" ],
    [ 'chunked twice', "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" ],
    [ 'another coding', "Transfer-Encoding: gzip\r\n\r\nabc" ],
    [ 'no coding', "Transfer-Encoding: identity\r\n\r\nabc" ],
    [ 'an empty coding', "Transfer-Encoding:\r\n\r\n0\r\n\r\n" ],
    [ 'a vertical tab before the coding', "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" ],
    [ 'a second Host', "Host: a\r\nContent-Length: 3\r\n\r\nabc" ],
    [ 'NUL in a field', "X: a\0b\r\nContent-Length: 3\r\n\r\nabc" ],
    [ 'NUL in a name', "X\0: a\r\nContent-Length: 3\r\n\r\nabc" ],
    [ 'CR before the end of a line', "X: a\r\r\nContent-Length: 3\r\n\r\nabc" ],
    [ 'a folded length', "Content-Length:\r\n 3\r\n\r\nabc" ],
    [ 'a tab before the colon', "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n" ],
    [ 'an empty length', "Content-Length:\r\n\r\n" ],
    [ 'a hexadecimal length', "Content-Length: 0x3\r\n\r\nabc" ],
    [ 'a chunk without a size', "Transfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n" ],
    [ 'a negative size', "Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n" ],
    [ 'a size with 0x', "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n" ],
    [ 'a blank before the size', "Transfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n0\r\n\r\n" ],
    [ 'digits behind a blank', "Transfer-Encoding: chunked\r\n\r\n3 1\r\nabc\r\n0\r\n\r\n" ],
    [ 'LF alone behind a chunk', "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\n0\r\n\r\n" ],
    [ 'LF alone in an extension', "Transfer-Encoding: chunked\r\n\r\n3;a\nabc\r\n0\r\n\r\n" ],
    [ 'CR alone in an extension', "Transfer-Encoding: chunked\r\n\r\n3;a\rb\r\nabc\r\n0\r\n\r\n" ],
    [ 'a very long extension',
        "Transfer-Encoding: chunked\r\n\r\n3;" . 'x' x 5000 . "\r\nabc\r\n0\r\n\r\n" ],
    [ 'very many extensions',
        "Transfer-Encoding: chunked\r\n\r\n" . "1;xxxxxxxx\r\na\r\n" x 600 . "0\r\n\r\n" ],
    [ 'LF alone behind the last chunk', "Transfer-Encoding: chunked\r\n\r\n0\n\n" ],
    [ 'LF alone in the trailers', "Transfer-Encoding: chunked\r\n\r\n0\r\nX: a\n\r\n" ],
    [ 'trailers that are no fields', "Transfer-Encoding: chunked\r\n\r\n0\r\nabc\r\n\r\n" ],
    [ 'chunks in HTTP/1.0', "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", '1.0' ],
);

my $t = Weir->new(conf => <<'CONF', plan => 2 * @bad + 2);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / {
            proxy_set_header Host back;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
    }
}
CONF
my $back = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    while (1) {
        my $head = $conn->recv_until(qr/\r\n\r\n/);
        $server->note('request');
        $head =~ s/\r\n/|/g;
        $conn->send("HTTP/1.1 200 OK\r\nContent-Length: " . length($head) . "\r\n\r\n$head");
        $conn->recv_bytes(3);
    }
});
$t->start;

for my $case (@bad) {
    my ($name, $text, $version) = @$case;
    my $c = $t->http_connect('web');
    $c->send('POST / HTTP/' . ($version // '1.1') . "\r\nHost: a\r\n$text");
    is $c->response->status, 400, $name;
    ok $c->is_closed, "$name: the end";
}
is scalar($back->notes), 0, 'no server sees one of them';

# A bare LF at the end of a line of a head is read, and not sent on.
my $c = $t->http_connect('web');
$c->send("POST / HTTP/1.1\nHost: a\nX: y\nContent-Length: 3\n\nabc");
is $c->response->body, "POST / HTTP/1.1|X: y|Host: back|Content-Length: 3||", 'bare LFs in a head';
