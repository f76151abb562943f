# SPDX-License-Identifier: BSD-2-Clause
# A range of a response that waits in a file for a slow client, which is written over again and
# again: the client gets the right bytes.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Time::HiRes 'sleep';

use constant { PIECE => 64 * 1024, PIECES => 48 };

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    server {
        listen 127.0.0.1:%%PORT:web%% sndbuf=8k;
        location / {
            proxy_pass http://127.0.0.1:%%PORT:back%%;
            proxy_force_ranges on;
        }
    }
}
CONF
my $whole = pack 'N*', 1 .. PIECE / 4 * PIECES;
$t->tcp_server('back', sub {
    my ($conn) = @_;
    $conn->recv_until(qr/\r\n\r\n/);
    $conn->send('HTTP/1.1 200 OK' . "\r\nContent-Length: " . length($whole) . "\r\n\r\n");
    for my $i (0 .. PIECES - 1) {
        $conn->send(substr $whole, $i * PIECE, PIECE);
        sleep 0.02;
    }
});
$t->start;

my $conn = $t->connect(undef, receive_buffer => 8192);
$conn->send("GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=4-\r\n\r\n");
like $conn->recv_until(qr/\r\n\r\n/), qr/^HTTP\/1\.1 206 /, 'it is a range';
my ($wanted, $body) = (substr($whole, 4), '');
while (length $body < length $wanted) {
    my $left = length($wanted) - length $body;
    $body .= $conn->recv_bytes($left < 8192 ? $left : 8192);
    sleep 0.008 if length $body < length($wanted) / 2;
}
ok $body eq $wanted, 'of the right bytes';
