# SPDX-License-Identifier: BSD-2-Clause
# A client that takes none of a response for send_timeout is closed, and its server let go.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 5);
http {
    log_format short '$status $uri';
    access_log %%DIR%%/access.log short;
    server {
        listen 127.0.0.1:%%PORT:web%% sndbuf=64k;
        send_timeout 700ms;
        proxy_read_timeout 60s;
        proxy_buffering off;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $back = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    $conn->recv_until(qr/\r\n\r\n/);
    $conn->send("HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n");
    for (1 .. 500) {
        last if !$conn->send('x' x 100_000, maybe => 1);
    }
    $server->note('over');
});
$t->start;

my $c = $t->http_connect('web', receive_buffer => 65_536, timeout => 20);
my $begin = now();
$c->send("GET /stalled HTTP/1.1\r\nHost: a\r\n\r\n");
is $back->wait_note, 'over', 'the server is let go';
cmp_ok now() - $begin, '>=', 0.6, 'not before its time';
is +($t->wait_lines('access.log', 1))[0], '200 /stalled', 'it is in the log';
$t->wait_log(qr/client timed out.*\/stalled/);
cmp_ok length $c->recv_all, '<', 50_000_000, 'the client has not got all';

# One that reads slowly is borne: each byte it takes puts the time off.
$c = $t->http_connect('web', receive_buffer => 65_536, timeout => 30);
$c->send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
for (1 .. 8) {
    select undef, undef, undef, 0.2;
    $c->recv_bytes(300_000);
}
ok length $c->recv_bytes(3_000_000), 'a slow one is borne';
$c->close;
