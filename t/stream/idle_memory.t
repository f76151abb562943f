# SPDX-License-Identifier: BSD-2-Clause
# An idle session costs a worker about 2 KB.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use IO::Socket::INET;

my $t = Weir->new(conf => <<'CONF', plan => 2);
events { worker_connections 4096; }
worker_rlimit_nofile 8192;
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
}
CONF
my $server = IO::Socket::INET->new(LocalAddr => $t->address('back'), Listen => 1024, ReuseAddr => 1)
    or die "listen: $!";
$t->start;
my ($worker) = $t->worker_pids;
my $limit = slurp("/proc/$worker/maps") =~ /libasan/ ? 30_000 : 3000;    # it pads all memory

my @sessions;

sub memory_after {
    my ($count) = @_;
    push @sessions, $t->connect('front') while @sessions < $count;
    wait_for(sub { my @all = $t->log =~ /proxy connected to/g; return @all >= $count });
    my ($kb) = slurp("/proc/$worker/smaps_rollup") =~ /^Private_Dirty:\s*(\d+)/m;
    return 1024 * $kb;
}

my $few = memory_after(20);
my $per_session = (memory_after(420) - $few) / 400;
cmp_ok $per_session, '<', $limit, 'bytes a session';
cmp_ok $per_session, '>', 500, 'which were there';
