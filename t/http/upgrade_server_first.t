# SPDX-License-Identifier: BSD-2-Clause
# What a server says right behind its 101 is delivered, however its segments are cut.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::WebSocket;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /bytes { proxy_pass http://127.0.0.1:%%PORT:bytes%%; }
    }
}
CONF
my $hello = Weir::WebSocket::frame(Weir::WebSocket::TEXT, 'welcome');
$t->tcp_server('back', Weir::WebSocket::echo(early => $hello));
$t->tcp_server('bytes', sub {
    my ($conn) = @_;
    $conn->recv_until(qr/\r\n\r\n/);
    for my $byte (split //, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n"
            . "Connection: upgrade\r\n\r\nlast words") {
        $conn->send($byte);
        select undef, undef, undef, 0.001;
    }
});
$t->start;

is +Weir::WebSocket->ask($t->connect, '/')->recv_text, 'welcome', 'with the head';
my $c = $t->connect;
$c->send("GET /bytes HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
like $c->recv_all, qr/\AHTTP\/1\.1 101 .*\r\n\r\nlast words\z/s, 'by the byte, up to its end';
