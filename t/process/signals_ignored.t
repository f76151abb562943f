# SPDX-License-Identifier: BSD-2-Clause
# Signals that were ignored where weir was started (by nohup, or "&" in a script) are heard all the same.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Process qw(spawn reap end_process);

my $t = Weir->new(plan => 2, conf => "worker_processes 1;\n");
my $pid = spawn([ 'sh', '-c', 'trap "" HUP QUIT INT TERM CHLD; exec "$@"', 'sh', $t->binary, $t->arguments ]);
wait_for(sub { -s $t->dir . '/weir.pid' }, undef, 'the start');
my ($worker) = $t->worker_pids($pid);
kill HUP => $pid;
wait_for(sub { my @new = $t->worker_pids($pid); @new == 1 && $new[0] != $worker }, undef, 'the new worker');
pass 'HUP';
kill QUIT => $pid;
wait_for(sub { defined reap($pid) }, undef, 'the end');
is end_process($pid), 0, 'QUIT';
