# SPDX-License-Identifier: BSD-2-Clause
package Weir::Proc;

# Looks at processes from outside, through /proc; and keeps daemons from outliving a test.

use strict;
use warnings;
use Exporter qw(import);
use Weir::Process qw(slurp is_running);
use Weir::Wait qw(now wait_for);

our @EXPORT_OK = qw(control_pid status_of limit_of descriptors memory_kb parent_of wait_gone
    wait_successor upgrade keep_daemon);

# The control process of a master that has one.
sub control_pid {
    my ($weir, $master) = @_;
    my @pids = grep { Weir::command_line($_) =~ /control process/ }
        Weir::children($master // $weir->master_pid);
    return $pids[0] // 0;
}

# /proc/PID/status as a hash.
sub status_of { return { slurp("/proc/$_[0]/status") =~ /^(\w+):\s*(.*?)\s*$/mg } }

# Soft and hard limit, as "Max open files" has them.
sub limit_of {
    my ($pid, $name) = @_;
    return slurp("/proc/$pid/limits") =~ /^\Q$name\E\s+(\S+)\s+(\S+)/m;
}

# What the descriptors of a process are, sorted, without the numbers that tell two sockets apart.
sub descriptors {
    my ($pid) = @_;
    return sort map { s/:\[\d+\]$//r } grep { defined } map { readlink } glob "/proc/$pid/fd/*";
}

# Memory that is the process' own.
sub memory_kb {
    my ($pid) = @_;
    my ($kb) = slurp("/proc/$pid/smaps_rollup") =~ /^Private_Dirty:\s+(\d+)/m;
    return $kb;
}

sub parent_of { return status_of($_[0])->{PPid} // 0 }

sub wait_gone {
    my ($pid, $seconds) = @_;
    return wait_for(sub { !is_running($pid) }, $seconds, "the end of process $pid");
}

# Waits until $list returns a process that is none of the given ones; returns its number and how many
# seconds that took.
sub wait_successor {
    my ($list, @old) = @_;
    my $start = now();
    my %was = map { $_ => 1 } @old;
    my ($new) = @{ wait_for(sub {
        my @new = grep { $_ && !$was{$_} } $list->();
        return @new && \@new;
    }, undef, 'a new process') };
    return ($new, now() - $start);
}

# USR2: returns the numbers of the old master and of the new one, once that serves.
sub upgrade {
    my ($weir) = @_;
    my $old = $weir->master_pid;

    $weir->signal('USR2');
    wait_for(sub {
        my $new = $weir->master_pid;
        return $new && $new != $old && $weir->worker_pids($new);
    }, 10, 'the new binary');
    return ($old, $weir->master_pid);
}

# A daemon leads a session of its own: it is to end with the test, however that ends.
sub keep_daemon {
    my ($weir) = @_;
    Weir::Process::tell_guardian('+p' . $weir->master_pid);
    return;
}

1;
