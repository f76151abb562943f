# SPDX-License-Identifier: BSD-2-Clause
# Requests sent without waiting are answered in their order.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 $uri; }
        location /slow { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub {
    my ($request, $conn) = @_;
    $conn->has_news(0.1);
    return [ 200, [], 'slow' ];
});
$t->start;

my $c = $t->http_connect('web');
$c->send(join '', map { "GET $_ HTTP/1.1\r\nHost: a\r\n\r\n" } '/1', '/slow', '/2', '/slow', '/3');
is join(' ', map { $c->response->body } 1 .. 5), '/1 slow /2 slow /3', 'five at once';
$c->send(join '', map { "GET /$_ HTTP/1.1\r\nHost: a\r\n\r\n" } 1 .. 200);
is join(' ', map { $c->response->body } 1 .. 200), join(' ', map { "/$_" } 1 .. 200),
    'two hundred at once';
