# SPDX-License-Identifier: BSD-2-Clause
# An upgraded connection has one line in the log, at its end, with all its bytes.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::WebSocket;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    log_format upgrade '$status $upstream_status $bytes_sent $body_bytes_sent '
        '$upstream_bytes_received $upstream_bytes_sent $request_time';
    access_log %%DIR%%/access.log upgrade;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / {
            proxy_pass http://127.0.0.1:%%PORT:back%%;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
    }
}
CONF
$t->tcp_server('back', Weir::WebSocket::echo());
$t->start;

my $ws = Weir::WebSocket->ask($t->connect, '/');
$ws->send_text('x' x 100);
$ws->recv_text;
ok !-s $t->dir . '/access.log', 'none while it is open';
select undef, undef, undef, 0.2;
$ws->{conn}->close;
my ($line, @more) = $t->wait_lines('access.log', 1);
my ($status, $upstream_status, $sent, $body, $received, $upstream_sent, $time) = split / /, $line;
is "$status $upstream_status", '101 101', 'how it began';
is $sent, length($ws->{head}) + 102, 'what the client got: a head and a frame';
is $body, 102, 'without the head';
ok $received > 102 && $upstream_sent > 106, 'what the server sent and got';
cmp_ok $time, '>=', 0.2, 'how long it took';
