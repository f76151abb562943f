# SPDX-License-Identifier: BSD-2-Clause
# Fifty reloads leave nothing behind: no descriptor in any process, and no memory in the master.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(descriptors memory_kb control_pid);

my $text = <<'CONF';
worker_processes 2;
env N=NUMBER;
error_log %%DIR%%/error.log notice;
http {
    map $uri $mapped { default x; ~^/a(.*) $1; }
    upstream app { server 127.0.0.1:1; server 127.0.0.1:2; }
    server { listen 127.0.0.1:%%PORT:web%%; access_log access.log; location / { return 200 $mapped; } }
    SOMETIMES
}
stream { server { listen unix:%%DIR%%/a.sock; proxy_pass 127.0.0.1:1; } }
CONF
my $sometimes = 'server { listen 127.0.0.1:%%PORT:sometimes%%; location / { proxy_pass http://app; } }';

sub text {
    my ($number) = @_;
    return $text =~ s/NUMBER/$number/r =~ s/SOMETIMES/$number % 2 ? $sometimes : ''/er;
}

my $t = Weir->new(plan => 5, conf => text(0))->start;
my $master = $t->master_pid;

sub reload {
    for my $number (@_) {
        $t->conf(text($number));
        my ($status, undef, $err) = $t->run('-s', 'reload');
        $status == 0 or die $err;
    }
    wait_for(sub { my @all = Weir::children($master); @all == 3 }, undef, 'the end of the old processes');
    wait_for(sub { $t->connect_error('sometimes', timeout => 0.1) eq 'ECONNREFUSED' }, undef, 'the end of the listener');
    return;
}

reload(1 .. 10);
my @before = map { [ descriptors($_) ] } $master, control_pid($t), sort $t->worker_pids;
my $memory = memory_kb($master);
reload($_ + 1 .. $_ + 10) for map { 10 * $_ } 1 .. 5;    # those that drain have memory of their own
my @after = map { [ descriptors($_) ] } $master, control_pid($t), sort $t->worker_pids;
is_deeply $after[0], $before[0], 'the descriptors of the master';
is_deeply $after[1], $before[1], 'of control';
is_deeply $after[2], $before[2], 'of a worker';
is_deeply $after[3], $before[3], 'of the other';
my $grown = memory_kb($master) - $memory;
my $limit = slurp("/proc/$master/maps") =~ /libasan/ ? 50_000 : 200;    # it keeps what was freed
cmp_ok $grown, '<', $limit, "the memory of the master (it has grown by $grown KB)";
