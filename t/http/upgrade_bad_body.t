# SPDX-License-Identifier: BSD-2-Clause
# A body that breaks off its framing leads to an error page, and the server that is asked for that
# changes the protocol: there is no leaving HTTP for a client whose request nobody can read.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2, allow_log => qr/switched protocols unasked/);
http {
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection upgrade;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / {
            error_page 400 = @page;
            proxy_pass http://127.0.0.1:%%PORT:switching%%;
        }
        location @page { proxy_pass http://127.0.0.1:%%PORT:switching%%; }
        location /alive { return 204; }
    }
}
CONF
$t->tcp_server('switching', sub {
    my ($conn) = @_;
    $conn->recv_until(qr/\r\n\r\n/);
    $conn->send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n");
    $conn->is_closed;
});
$t->start;

my $conn = $t->connect;
$conn->send("POST / HTTP/1.1\r\nHost: a\r\nUpgrade: a\r\nConnection: upgrade\r\n"
    . "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
$conn->recv_until(qr/100 Continue\r\n\r\n/);
$conn->send("x\r\n");
like $conn->recv_until(qr/\r\n\r\n/), qr/^HTTP\/1\.1 502 /, 'it is an error';
is $t->http_get('/alive')->status, 204, 'and the worker lives on';
