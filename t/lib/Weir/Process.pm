# SPDX-License-Identifier: BSD-2-Clause
package Weir::Process;

# The processes of a test. Each one started here leads a process group of its own, so that its
# children go with it. All of them end with the test, however the test ends: by END, by a signal, by
# an alarm when it hangs, and, should it be killed outright, by a guardian process that notices.

use strict;
use warnings;
use Exporter qw(import);
use File::Path qw(remove_tree);
use POSIX ();
use Time::HiRes qw(alarm);
use Weir::Wait qw(scaled wait_for);

our @EXPORT_OK = qw(spawn spawn_sub end_process reap is_running run_command slurp
    temporary_directory);

use constant TEST_TIMEOUT => 60;

my %group;        # process groups to end: pid => 1
my %status;       # wait status of the children already reaped
my @directories;  # to be removed at the end
my $owner = $$;
my $guardian;     # the pipe to the guardian

sub exit_by_signal {
    my ($name) = @_;
    print STDERR "# $0: ended by SIG$name\n";
    exit 1;
}

sub exit_by_alarm {
    Test::More::fail('the test ends in time') if Test::More->can('fail');
    print STDERR "# $0: still running after ", scaled(TEST_TIMEOUT), " s\n";
    exit 1;
}

$SIG{PIPE} = 'IGNORE';
$SIG{$_} = \&exit_by_signal for qw(INT TERM HUP);
$SIG{ALRM} = \&exit_by_alarm;
alarm scaled(TEST_TIMEOUT);

# Gives the whole test another time limit.
sub set_test_timeout { return alarm scaled($_[0]) }

# Ends what the test's process left when it could not do so itself. It is told each group and
# directory through a pipe and acts at the pipe's end.
sub guard {
    my ($pipe) = @_;
    my (%groups, %dirs);

    setpgrp;
    $SIG{$_} = 'IGNORE' for qw(INT TERM HUP);
    open STDIN,  '<', '/dev/null';
    open STDOUT, '>', '/dev/null';
    open STDERR, '>', '/dev/null';
    while (my $line = <$pipe>) {
        chomp $line;
        my ($what, $name) = $line =~ /^(..)(.*)/ or next;
        $groups{$name} = 1   if $what eq '+p';
        delete $groups{$name} if $what eq '-p';
        $dirs{$name} = 1     if $what eq '+d';
        delete $dirs{$name}  if $what eq '-d';
    }
    kill KILL => -$_ for keys %groups;
    remove_tree($_) for keys %dirs;
    return;
}

sub tell_guardian {
    my ($line) = @_;

    if (!$guardian) {
        pipe(my $read, my $write) or die "pipe: $!";
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            close $write;
            guard($read);
            POSIX::_exit(0);
        }
        close $read;
        $guardian = $write;
    }
    syswrite $guardian, "$line\n";
    return;
}

# A child starts clean: it owns none of the test's processes and dies as any program does.
sub become_child {
    %group = ();
    @directories = ();
    close $guardian;
    setpgrp;
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP ALRM CHLD);
    return;
}

sub adopt {
    my ($pid) = @_;
    setpgrp $pid, $pid;    # the child does so too: whoever is first
    $group{$pid} = 1;
    tell_guardian("+p$pid");
    return $pid;
}

# Runs a Perl sub in a child of its own; returns the pid.
sub spawn_sub {
    my ($sub) = @_;

    tell_guardian('');     # so that it exists and is not started by two
    my $pid = fork // die "fork: $!";
    return adopt($pid) if $pid;
    become_child();
    my $fine = eval { $sub->(); 1 };
    print STDERR "# $0: $@" if !$fine;
    POSIX::_exit($fine ? 0 : 1);
}

# Runs a program; options: stdin, stdout, stderr (files), env (hash), user (to run as). Returns the
# pid.
sub spawn {
    my ($command, %option) = @_;

    return spawn_sub(sub {
        $SIG{PIPE} = 'DEFAULT';
        open STDIN, '<', $option{stdin} // '/dev/null' or die "$option{stdin}: $!";
        redirect(\*STDOUT, $option{stdout});
        redirect(\*STDERR, $option{stderr});
        become_user($option{user}) if defined $option{user};
        local %ENV = (%ENV, %{ $option{env} // {} });
        no warnings 'exec';
        exec { $command->[0] } @$command;
        print STDERR "cannot run $command->[0]: $!\n";
        POSIX::_exit(127);
    });
}

sub redirect {
    my ($handle, $path) = @_;
    return if !defined $path;
    open $handle, '>>', $path or die "$path: $!";
    return;
}

sub become_user {
    my ($name) = @_;
    my (undef, undef, $uid, $gid) = getpwnam $name or die "no user $name\n";
    $) = "$gid $gid";
    POSIX::setgid($gid) or die "setgid: $!";
    POSIX::setuid($uid) or die "setuid: $!";
    return;
}

# The wait status of a child once it has ended, undef while it runs.
sub reap {
    my ($pid) = @_;
    return $status{$pid} if exists $status{$pid};
    my $got = waitpid $pid, POSIX::WNOHANG();
    $status{$pid} = $? if $got == $pid;
    return $status{$pid};
}

# Whether a process, child or not, is there and is no zombie.
sub is_running {
    my ($pid) = @_;
    return 0 if !$pid;
    reap($pid) if $group{$pid};
    open my $file, '<', "/proc/$pid/stat" or return 0;
    my $line = <$file> // return 0;
    return $line =~ /\) [ZX] / ? 0 : 1;
}

# Kills a started process and all that is left of its group. Returns its wait status.
sub end_process {
    my ($pid) = @_;

    return $status{$pid} if !delete $group{$pid};
    kill KILL => -$pid;
    wait_for(sub { defined reap($pid) }, undef, "the end of process $pid");
    kill KILL => -$pid;
    tell_guardian("-p$pid");
    return $status{$pid};
}

# Runs a program to its end: (exit status or -signal, stdout, stderr). It is killed after
# $option{timeout} seconds, which counts as signal 9.
sub run_command {
    my ($command, %option) = @_;
    my $dir = temporary_directory();
    my $pid = spawn($command, %option, stdout => "$dir/out", stderr => "$dir/err");
    my $ended = eval { wait_for(sub { defined reap($pid) }, $option{timeout} // 10, 'its end') };

    print STDERR "# killed, for it did not end: @$command\n" if !$ended;
    my $result = end_process($pid);
    my @text = map { slurp("$dir/$_") } qw(out err);
    remove_directory($dir);
    return ($result & 127 ? -($result & 127) : $result >> 8, @text);
}

sub slurp {
    my ($path) = @_;
    open my $file, '<:raw', $path or return '';
    local $/;
    return <$file> // '';
}

sub temporary_directory {
    my $base = $ENV{TMPDIR} // '/tmp';

    while (1) {
        my $dir = sprintf '%s/weir-test-%d-%06d', $base, $$, rand 1e6;
        mkdir $dir, 0755 or ($!{EEXIST} ? next : die "$dir: $!");
        chmod 0755, $dir;
        push @directories, $dir;
        tell_guardian("+d$dir") if !$ENV{WEIR_KEEP};
        return $dir;
    }
}

sub remove_directory {
    my ($dir) = @_;
    @directories = grep { $_ ne $dir } @directories;
    remove_tree($dir);
    tell_guardian("-d$dir");
    return;
}

# Ends everything; called once more by END.
sub end_all {
    return if $$ != $owner;
    local ($?, $@, $!);
    alarm 0;
    for my $pid (keys %group) {
        eval { end_process($pid) };
    }
    for my $dir (@directories) {
        if ($ENV{WEIR_KEEP}) { print STDERR "# kept: $dir\n" }
        else                 { remove_tree($dir) }
    }
    @directories = ();
    return;
}

END { end_all() }

1;
