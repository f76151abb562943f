# SPDX-License-Identifier: BSD-2-Clause
# A response that waits in a file for a slow client goes out by sendfile: what the kernel has taken
# of the file and the client has not got yet is not written over while more comes.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::SlowClient qw(start_server wait_file);

use constant { FIRST => 2 * 1024 * 1024, REST => 4 * 1024 * 1024 };

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    server {
        listen 127.0.0.1:%%PORT:web%% sndbuf=200k;
        sendfile on;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $whole = pack 'N*', 1 .. (FIRST + REST) / 4;
my $server = start_server($t, 'back', $whole, FIRST);
$t->start;

my $conn = $t->connect(undef, receive_buffer => 8192);
$conn->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
like $conn->recv_until(qr/\r\n\r\n/), qr/^HTTP\/1\.1 200 /, 'the head';
wait_file($t, FIRST * 0.75);
my $body = '';
$body .= $conn->recv_bytes(8192) while length $body < FIRST - 80_000;
$t->write('go', '');
$server->wait_note;
$body .= $conn->recv_bytes(length($whole) - length $body);
ok $body eq $whole, 'the right bytes';
