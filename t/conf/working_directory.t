# SPDX-License-Identifier: BSD-2-Clause
# working_directory is where the workers are, and the master is not; it may be relative to the prefix.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

for my $path ('%%DIR%%/cores', 'cores') {
    my $t = Weir->new(conf => <<"CONF", plan => 3, files => { 'cores/readme' => '' });
working_directory $path;
worker_processes 2;
CONF
    $t->start;
    my $cores = $t->dir . '/cores';
    is_deeply [ map { readlink "/proc/$_/cwd" } $t->worker_pids ], [ $cores, $cores ],
        "$path: the workers";
    isnt readlink('/proc/' . $t->master_pid . '/cwd'), $cores, "$path: the master";
    $t->reload;
    is_deeply [ map { readlink "/proc/$_/cwd" } $t->serving_pids ], [ $cores, $cores ],
        "$path: those of a reload";
    $t->stop;
}
