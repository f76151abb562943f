# SPDX-License-Identifier: BSD-2-Clause
# A server that changes the protocol and resets before it has all of the request: half a request
# changes nothing.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2, allow_log => qr/switched protocols unasked/);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / {
            proxy_pass http://127.0.0.1:%%PORT:switching%%;
            proxy_request_buffering off;
            client_max_body_size 0;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
        location /alive { return 204; }
    }
}
CONF
# It reads no more than the head: its reset finds weir with more to send, and the 101 unread.
$t->tcp_server('switching', sub {
    my ($conn) = @_;
    $conn->recv_until(qr/\r\n\r\n/);
    sleep 1;
    $conn->send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n");
    $conn->reset;
});
$t->start;

my $conn = $t->connect;
$conn->send("POST / HTTP/1.1\r\nHost: a\r\nUpgrade: a\r\nConnection: upgrade\r\n"
    . "Content-Length: 16000000\r\n\r\n");
$conn->send('x' x 16_000_000, maybe => 1);
like $conn->recv_until(qr/\r\n\r\n/), qr/^HTTP\/1\.1 502 /, 'it is an error';
is $t->http_get('/alive')->status, 204, 'and the worker lives on';
