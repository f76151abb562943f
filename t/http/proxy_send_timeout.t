# SPDX-License-Identifier: BSD-2-Clause
# A server that takes none of a request for proxy_send_timeout is given up; the client gets 504.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    client_max_body_size 0;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        proxy_request_buffering off;
        proxy_send_timeout 700ms;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /slow { proxy_pass http://127.0.0.1:%%PORT:slow%%; }
    }
}
CONF
$t->tcp_server('back', sub { sleep 60 });
$t->tcp_server('slow', sub {
    my ($conn) = @_;
    my ($head, $left) = ($conn->recv_until(qr/\r\n\r\n/), 6_000_000);
    while ($left > 0) {
        my $piece = $left < 600_000 ? $left : 600_000;
        select undef, undef, undef, 0.2;
        $conn->recv_bytes($piece);
        $left -= $piece;
    }
    $conn->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole");
});
$t->start;

my $c = $t->http_connect('web');
my $begin = now();
$c->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n" . 'x' x 200_000);
$c->send('x' x 100_000, maybe => 1) for 1 .. 200;
my $answer = $c->response('POST');
is $answer->first, 'HTTP/1.1 504 Gateway Time-out', 'a server that takes nothing';
cmp_ok now() - $begin, '>=', 0.6, 'not before its time';
$begin = now();
$answer = $t->http_get('/slow', method => 'POST', body => 'x' x 6_000_000);
is $answer->body, 'whole', 'a slow one is borne';
cmp_ok now() - $begin, '>=', 0.7, 'though it takes longer in all';
