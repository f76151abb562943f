# SPDX-License-Identifier: BSD-2-Clause
# A range of a response that waits in a file for a slow client: what the client has not got yet is
# not written over while more comes, and the client gets the right bytes.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

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
my $server = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    $conn->recv_until(qr/\r\n\r\n/);
    $conn->send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " . length($whole)
        . "\r\n\r\n" . substr $whole, 0, FIRST);
    wait_for(sub { -e $t->dir . '/go' }, 10, 'the rest is wanted');
    $conn->send(substr $whole, FIRST);
    $conn->recv_all;
    $server->note('all was read');
});
$t->start;
my ($worker) = $t->worker_pids;

# Of the file that the response waits in, which has no name.
sub file_size {
    my ($size) = map { -s $_ } grep { readlink($_) =~ m{^(?!/memfd:).* \(deleted\)$} }
        glob "/proc/$worker/fd/*";
    return $size // 0;
}

my $conn = $t->connect(undef, receive_buffer => 8192);
$conn->send("GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=4-\r\n\r\n");
like $conn->recv_until(qr/\r\n\r\n/), qr/^HTTP\/1\.1 206 /, 'it is a range';
wait_for(sub { file_size() > FIRST * 0.75 }, 10, 'the response waits in a file');
my ($wanted, $body) = (substr($whole, 4), '');
$body .= $conn->recv_bytes(8192) while length $body < FIRST / 2;
$t->write('go', '');
$server->wait_note;
$body .= $conn->recv_bytes(length($wanted) - length $body);
ok $body eq $wanted, 'of the right bytes';
