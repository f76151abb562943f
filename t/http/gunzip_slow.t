# SPDX-License-Identifier: BSD-2-Clause
# gunzip makes much of little: all that has come is unpacked though its server is silent, and what
# takes long to unpack does not hold up others.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Compress::Zlib qw(crc32 deflateInit MAX_WBITS Z_SYNC_FLUSH);
use Weir;

use constant { LENGTH => 4_000_000, BLOCKS => 20_000_000, TRIES => 5 };

my $t = Weir->new(conf => <<'CONF', plan => 4, files => { 'html/small' => 'small' });
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        gunzip on;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /small { root html; }
        location /files/ { gzip_static always; alias html/; }
    }
}
CONF

# A file of blocks without a byte in them, which is long and makes nothing.
my $header = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03";
my $empty = "\x02\x08\x20\x80\x00" x 100_000; # four of them in five bytes
$t->write('html/empty.gz', '');
open my $file, '>:raw', $t->dir . '/html/empty.gz' or die $!;
print {$file} $header, ($empty) x (BLOCKS / 400_000), "\x01\x00\x00\xff\xff", "\x00" x 8;
close $file or die $!;

my $server = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    my $packer = deflateInit(-WindowBits => -MAX_WBITS());
    $conn->recv_until(qr/\r\n\r\n/);
    my $first = $packer->deflate('a' x LENGTH) . $packer->flush(Z_SYNC_FLUSH);
    $conn->send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n$header$first");
    wait_for(sub { -e $t->dir . '/go' }, 10, 'the rest is wanted');
    $conn->send($packer->deflate('b') . $packer->flush
        . pack 'VV', crc32(('a' x LENGTH) . 'b'), LENGTH + 1);
});
$t->start;

my $c = $t->connect('web');
$c->send("GET / HTTP/1.0\r\n\r\n");
$c->recv_until(qr/\r\n\r\n/);
ok $c->recv_bytes(LENGTH) eq 'a' x LENGTH, 'all that has come';
$t->write('go', '');
is $c->recv_all, 'b', 'and the rest';

# How much of the time that the long one takes another waits for its answer.
sub share_of_wait {
    my $long = $t->http_connect('web');
    my $other = $t->http_connect('web');
    my $begin = now();
    $long->send("GET /files/empty HTTP/1.1\r\nHost: a\r\n\r\n");
    $other->get('/small');
    my $waited = now() - $begin;
    $long->response;
    return $waited / (now() - $begin);
}
is $t->http_get('/files/empty')->body, '', 'nothing comes of blocks without bytes';
my ($least) = sort { $a <=> $b } map { share_of_wait() } 1 .. TRIES;
cmp_ok $least, '<', 0.5, 'others are served meanwhile';
