# SPDX-License-Identifier: BSD-2-Clause
# With chunked_transfer_encoding off nobody gets chunks: what has no length ends with its
# connection, and is cut by a reset.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6, allow_log => qr/prematurely closed/);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /off { chunked_transfer_encoding off; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->tcp_server('back', sub {
    my ($conn) = @_;
    my $head = $conn->recv_until(qr/\r\n\r\n/);
    $conn->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ntext\r\n");
    $conn->send("0\r\n\r\n") if $head !~ /cut/;
});
$t->start;

my $r = $t->http_get('/');
is $r->header('Transfer-Encoding'), 'chunked', 'on: chunks';
$r = $t->http_get('/off');
is $r->header('Transfer-Encoding'), undef, 'off: none';
is $r->header('Connection'), 'close', 'the connection ends';
is $r->body, 'text', 'with the body';
my $c = $t->connect;
$c->send("GET /off/cut HTTP/1.1\r\nHost: a\r\n\r\n");
like $c->recv_all, qr/\r\n\r\ntext\z/, 'one that is cut';
ok $c->was_reset, 'is seen as such';
