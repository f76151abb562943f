# SPDX-License-Identifier: BSD-2-Clause
# A range of a response that waits in a file for a slow client: what the client has not got yet is
# not written over while more comes, and the client gets the right bytes.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::SlowClient qw(start_server wait_file);

use constant { FIRST => 2 * 1024 * 1024, REST => 4 * 1024 * 1024 };

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
my $whole = pack 'N*', 1 .. (FIRST + REST) / 4;
my $server = start_server($t, 'back', $whole, FIRST);
$t->start;

my $conn = $t->connect(undef, receive_buffer => 8192);
$conn->send("GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=4-\r\n\r\n");
like $conn->recv_until(qr/\r\n\r\n/), qr/^HTTP\/1\.1 206 /, 'it is a range';
wait_file($t, FIRST * 0.75);
my ($wanted, $body) = (substr($whole, 4), '');
$body .= $conn->recv_bytes(8192) while length $body < FIRST / 2;
$t->write('go', '');
$server->wait_note;
$body .= $conn->recv_bytes(length($wanted) - length $body);
ok $body eq $wanted, 'of the right bytes';
