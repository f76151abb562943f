# SPDX-License-Identifier: BSD-2-Clause
# A WebSocket through weir: the handshake, frames both ways, small and large, and its end.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::WebSocket;

my $t = Weir->new(conf => <<'CONF', plan => 8);
http {
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / {
            proxy_pass http://127.0.0.1:%%PORT:back%%;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
        }
    }
}
CONF
my $back = $t->tcp_server('back', Weir::WebSocket::echo());
$t->start;

my $ws = Weir::WebSocket->ask($t->connect, '/chat');
like $ws->{head}, qr/^Server: weir/m, 'the 101 is a response of ours';
unlike $ws->{head}, qr/^(?:Content-Length|Transfer-Encoding)/mi, 'that has no body';
$ws->send_text('hello');
is $ws->recv_text, 'hello', 'a text';
my $large = bytes(300_000);
$ws->send_text($large);
ok $ws->recv_text eq $large, 'a large one';
$ws->send_frame(Weir::WebSocket::PING, 'x');
is join(' ', $ws->recv_frame), Weir::WebSocket::PONG . ' x', 'a ping';
$ws->send_frame(Weir::WebSocket::CLOSE, '');
is +($ws->recv_frame)[0], Weir::WebSocket::CLOSE, 'the end is agreed on';
ok $ws->{conn}->is_closed, 'and the connection with it';
$ws = Weir::WebSocket->ask($t->connect, '/early',
    early => Weir::WebSocket::frame(Weir::WebSocket::TEXT, 'soon', 'mask'));
is $ws->recv_text, 'soon', 'what comes with the request is of the new protocol';
