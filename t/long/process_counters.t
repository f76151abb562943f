# SPDX-License-Identifier: BSD-2-Clause
# Counters that tell of trouble get a line in the log, once a minute, when they have grown.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Process;
use Weir::Proc qw(wait_successor);

Weir::Process::set_test_timeout(200);
my $t = Weir->new(plan => 2, allow_log => qr/exited on signal 9/, conf => "worker_processes 1;\n")->start;
$t->reload("worker_processes 2;\n");    # it is control of the new generation that tells
wait_for(sub { my @workers = $t->worker_pids; @workers == 2 }, undef, 'the end of the old generation');
my ($worker) = $t->worker_pids;
kill KILL => $worker;
wait_successor(sub { $t->worker_pids }, $t->worker_pids, $worker);
wait_for(sub { $t->log =~ /\[warn\] .*: crashes: 1 in the last minute, 1 in all$/m }, 70, 'the line');
pass 'a crash is told of';
my $end = now() + 62;
wait_for(sub { now() > $end }, 70, 'another minute');
is scalar(() = $t->log =~ /in the last minute/g), 1, 'and of nothing else in the minute after';
