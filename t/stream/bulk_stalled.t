# SPDX-License-Identifier: BSD-2-Clause
# Fifty clients that stop reading in the middle of bulk hold 16 MB of a worker, not 1 MB each, and
# lose nothing.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
events { worker_connections 512; }
stream {
    server {
        listen 127.0.0.1:%%PORT:front%% sndbuf=128k;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
}
CONF
my $flows = 50;
my $bytes = bytes(40_000_000);
my $back = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    $conn->{timeout} = 3;
    $server->note('stuck') if !$conn->send($bytes, maybe => 1);
});
$t->start;

my ($worker) = $t->worker_pids;

sub memory_kb {
    my ($kb) = slurp("/proc/$worker/status") =~ /^VmRSS:\s*(\d+)/m;
    return $kb;
}

my $before = memory_kb();
my @clients = map { $t->connect('front', receive_buffer => 65_536) } 1 .. $flows;
is $back->wait_note, 'stuck', 'a server cannot send it all';
$back->wait_note($flows);
# 16 MB, a proxy_buffer_size and a few KB for each, and what the allocator keeps.
my $kept = slurp("/proc/$worker/maps") =~ /libasan/ ? 300_000 : 4096;
cmp_ok memory_kb() - $before, '<', 16 * 1024 + $flows * 24 + $kept, 'the worker has grown by little';

my $whole = 0;
while (my $client = shift @clients) {
    my $got = $client->recv_all;
    $whole++ if length $got && $got eq substr $bytes, 0, length $got;
}
is $whole, $flows, 'all of them can go on';
