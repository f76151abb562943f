# SPDX-License-Identifier: BSD-2-Clause
# The length that a server tells of a body that it does not send (to HEAD, with 304) does not reach
# a client that would wait for the body.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /head { proxy_method HEAD; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /forced { error_page 404 =200 @back; return 404; }
        location @back { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /ok { return 200 ok; }
    }
}
CONF
$t->tcp_server('back', sub {
    my ($conn) = @_;
    my $status = $conn->recv_until(qr/\r\n\r\n/) =~ /^HEAD/ ? '200 OK' : '304 Not Modified';
    $conn->send("HTTP/1.1 $status\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
});
$t->start;

for my $path ('/head', '/forced') {
    my $c = $t->http_connect('web');
    my $r = $c->get($path);
    is $r->status, 200, "$path: its status";
    is $r->header('Content-Length'), 0, 'it has no body';
    is $c->get('/ok')->body, 'ok', 'the next response is one of its own';
}
