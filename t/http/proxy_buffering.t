# SPDX-License-Identifier: BSD-2-Clause
# A slow client does not hold its server: 50 MB at 100 KB/s leave the server within 2 s, and take
# about 1 MB of memory.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $size = 50 * 1024 * 1024;
my $t = Weir->new(conf => <<'CONF', plan => 5);
master_process off;
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $piece = bytes(1024 * 1024);
my $back = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    my $request = Weir::HTTP::read_message($conn);
    my $count = $request->uri eq '/small' ? 1 : 50;
    $conn->send('HTTP/1.1 200 OK' . "\r\nContent-Length: " . $count * length($piece) . "\r\n\r\n");
    $conn->send($piece) for 1 .. $count;
    $server->note('sent');
});
$t->start;

# The peak of what the process has had in memory, in KB; shared pages of files are not its own.
sub memory {
    my ($pid) = $t->master_pid;
    my ($kb) = slurp("/proc/$pid/status") =~ /^RssAnon:\s+(\d+)/m;
    return $kb;
}

ok $t->http_get('/small')->body eq $piece, 'a first answer';
my $before = memory();
my $c = $t->http_connect('web');
my $begin = now();
$c->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
my $got = '';
my $most = 0;
while ($back->notes < 2 && now() - $begin < scaled(10)) {
    $got .= $c->recv_bytes(10 * 1024);
    select undef, undef, undef, 0.1;
    my $now = memory();
    $most = $now if $now > $most;
}
cmp_ok now() - $begin, '<', scaled(2), 'the server is free';
cmp_ok length $got, '<', 1024 * 1024, 'long before the client has its answer';
cmp_ok $most - $before, '<', 1024 * ($ENV{WEIR_TEST_SCALE} ? 4 : 1), 'in little memory';
my ($head, $rest) = split /\r\n\r\n/, $got, 2;
$rest .= $c->recv_bytes($size - length $rest);
ok $rest eq $piece x 50, 'which comes whole';
