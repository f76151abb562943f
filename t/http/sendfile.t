# SPDX-License-Identifier: BSD-2-Clause
# sendfile: whether a file passes through the worker's memory; sendfile_max_chunk: how much of it goes
# at a time; and the head goes in one packet with the start of its file.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Socket qw(IPPROTO_TCP TCP_INFO);
use Weir;

use constant SIZE => 1_000_000;

my $t = Weir->new(conf => <<'CONF', plan => 9, files => { 'html/small' => 'small' });
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        access_log off;
        sendfile on;
        location /on/ { alias html/; }
        location /off/ { sendfile off; alias html/; }
        location /chunks/ { sendfile_max_chunk 4k; alias html/; }
        location /if/ {
            sendfile off;
            alias html/;
            if ($arg_fast) { sendfile on; }
        }
    }
}
CONF
my $file = bytes(SIZE);
$t->write('html/file', '');
open my $out, '>:raw', $t->dir . '/html/file' or die $!;
print {$out} $file;
close $out or die $!;
$t->start;
my ($worker) = $t->worker_pids;

# What the worker has written, and how often: by write() and sendfile(), not by sendmsg().
sub written {
    my $io = slurp("/proc/$worker/io");
    return map { $io =~ /^$_: (\d+)$/m } qw(wchar syscw);
}

sub written_by {
    my ($uri) = @_;
    my @before = written();
    is length $t->http_get($uri)->body, SIZE, "$uri: whole";
    my @after = written();
    return ($after[0] - $before[0], $after[1] - $before[1]);
}

my ($bytes) = written_by('/on/file');
cmp_ok $bytes, '>=', SIZE, 'by sendfile()';
($bytes) = written_by('/off/file');
cmp_ok $bytes, '<', SIZE / 2, 'through memory';
(undef, my $calls) = written_by('/chunks/file');
cmp_ok $calls, '>=', SIZE / 4096, 'in chunks';
($bytes) = written_by('/if/file?fast=1');
cmp_ok $bytes, '>=', SIZE, 'as "if" says';

my $c = $t->connect('web');
$c->send("GET /on/small HTTP/1.1\r\nHost: a\r\n\r\n");
$c->recv_until(qr/small\z/);
my $info = getsockopt $c->socket, IPPROTO_TCP, TCP_INFO;
is unpack('x152 L', $info), 1, 'a head and a small file are one packet';
