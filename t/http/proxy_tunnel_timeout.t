# SPDX-License-Identifier: BSD-2-Clause
# An upgraded connection on which nothing passes for proxy_tunnel_timeout is ended; where that is
# not set proxy_read_timeout counts, if that was.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::WebSocket;

my $t = Weir->new(conf => <<'CONF', plan => 6, allow_log => qr/proxying upgraded connection/);
http {
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection upgrade;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /tunnel {
            proxy_tunnel_timeout 1200ms;
            proxy_read_timeout 200ms;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
    }
    server {
        listen 127.0.0.1:%%PORT:read%%;
        proxy_read_timeout 400ms;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /none { proxy_tunnel_timeout 1h; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->tcp_server('back', Weir::WebSocket::echo());
$t->start;

my $ws = Weir::WebSocket->ask($t->connect('web'), '/tunnel');
my $begin = now();
for (1 .. 3) {
    select undef, undef, undef, 0.5;
    $ws->send_text('x');
    $ws->recv_text;
}
cmp_ok now() - $begin, '>', 1.4, 'each byte gives it time again';
$begin = now();
ok $ws->{conn}->is_closed, 'idle, it is ended';
cmp_ok now() - $begin, '>', 1, 'after its time';
ok $t->wait_log(qr/upstream timed out while proxying upgraded connection, client: /), 'the log says why';
ok +Weir::WebSocket->ask($t->connect('read'), '/')->{conn}->is_closed, 'proxy_read_timeout does';
$ws = Weir::WebSocket->ask($t->connect('read'), '/none');
ok !$ws->{conn}->has_news(0.8), 'but not where proxy_tunnel_timeout is set';
