# SPDX-License-Identifier: BSD-2-Clause
# A response that breaks off is not passed for a whole one.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub {
    my ($request, $conn) = @_;
    $conn->send($request->uri eq '/length'
        ? "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes!"
        : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nten bytes!\r\n");
    return;
});
$t->start;

for my $uri ('/length', '/chunks') {
    my $c = $t->http_connect('web');
    $c->send("GET $uri HTTP/1.1\r\nHost: a\r\n\r\n");
    my $text = $c->recv_all;
    like $text, qr/ten bytes!/, "$uri: what came is passed on";
    unlike $text, qr/\r\n0\r\n/, "$uri: the end is not made up";
}
