# SPDX-License-Identifier: BSD-2-Clause
# A request may come in any pieces.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 "$uri $http_x"; }
    }
}
CONF
$t->start;

my $c = $t->http_connect('web');
$c->send($_) for split //, "GET /bytes HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
is $c->response->body, '/bytes y', 'byte by byte';
for my $piece ("GET /parts HT", "TP/1.1\r", "\nHost: a\r\nX", ": z\r\n\r") {
    $c->send($piece);
    $c->has_news(0.02) and fail('no answer before the end');
}
$c->send("\n");
is $c->response->body, '/parts z', 'in five parts';
$c->send("\r\nGET /crlf HTTP/1.1\nHost: a\nX: lf\n\n");
is $c->response->body, '/crlf lf', 'an empty line before it, and line ends without CR';
