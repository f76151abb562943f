# SPDX-License-Identifier: BSD-2-Clause
# worker_priority, worker_rlimit_nofile, worker_rlimit_core and working_directory hold in the workers,
# not in the master.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(limit_of);

my $t = Weir->new(plan => 7, files => { 'work/x' => '' }, conf => <<'CONF')->start;
worker_priority 7;
worker_rlimit_nofile 300;
worker_rlimit_core 3m;
working_directory work;
CONF
my ($worker) = $t->worker_pids;
my $master = $t->master_pid;

sub nice_of { return (split / /, slurp("/proc/$_[0]/stat") =~ s/^.*\) //sr)[16] }

is nice_of($worker), 7, 'nice value';
is nice_of($master), getpriority(0, 0), 'not the master\'s';
is join(' ', limit_of($worker, 'Max open files')), '300 300', 'descriptors';
isnt join(' ', limit_of($master, 'Max open files')), '300 300', 'not the master\'s';
is +(limit_of($worker, 'Max core file size'))[0], 3 * 1024 * 1024, 'size of a core';
is readlink "/proc/$worker/cwd", $t->dir . '/work', 'current directory';
isnt readlink "/proc/$master/cwd", $t->dir . '/work', 'not the master\'s';
