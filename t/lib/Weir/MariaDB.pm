# SPDX-License-Identifier: BSD-2-Clause
package Weir::MariaDB;

# A MariaDB server of the test's own, with a database and a user both called weir (password weir).
# Fixed addresses call for Weir->in_namespace().

use strict;
use warnings;
use Weir::Process qw(spawn end_process is_running reap run_command slurp temporary_directory);
use Weir::Wait qw(wait_for);

use constant PROGRAMS => qw(mariadbd mariadb-install-db mariadb mariadb-admin mariadb-slap);

# A word on what is missing for it, or undef.
sub missing {
    return 'MariaDB needs root here' if $>;
    local $ENV{PATH} = "$ENV{PATH}:/usr/sbin:/sbin";
    for my $program (PROGRAMS) {
        return "no $program" if !grep { -x "$_/$program" } split /:/, $ENV{PATH};
    }
    return;
}

# Starts one; options: host ("127.0.0.1"), port.
sub start {
    my ($class, %option) = @_;
    my $user = getpwnam('mysql') ? 'mysql' : 'nobody';
    my $dir = temporary_directory();
    my $socket = "$dir/my/s.sock";
    my $self = bless { host => '127.0.0.1', %option, dir => $dir, socket => $socket }, $class;

    $ENV{PATH} = "$ENV{PATH}:/usr/sbin:/sbin";
    # Each needs a folder for temporary files of its own: one that starts removes what it finds.
    for my $folder ("$dir/my", "$dir/my/tmp") {
        mkdir $folder or die "$folder: $!";
        chown +(getpwnam $user)[2, 3], $folder or die "$folder: $!";
    }
    local $ENV{TMPDIR} = "$dir/my/tmp";
    run_fine([ 'mariadb-install-db', '--no-defaults', "--user=$user", "--datadir=$dir/my/data",
        '--auth-root-authentication-method=normal', '--skip-test-db' ]);
    $self->{pid} = spawn([ 'mariadbd', '--no-defaults', "--user=$user", "--datadir=$dir/my/data",
        "--bind-address=$self->{host}", "--port=$self->{port}", "--socket=$self->{socket}",
        "--pid-file=$dir/my/pid", "--log-error=$dir/my/log", '--skip-name-resolve',
        '--innodb-buffer-pool-size=64M', '--innodb-flush-log-at-trx-commit=0',
        '--max-connections=500', '--proxy-protocol-networks=127.0.0.0/8' ],
        stderr => "$dir/stderr");
    wait_for(sub { $self->is_ready }, 20, 'MariaDB');
    $self->sql('CREATE DATABASE weir');
    $self->sql(q{CREATE USER weir@'%' IDENTIFIED BY 'weir'; GRANT ALL ON weir.* TO weir@'%'});
    return $self;
}

sub run_fine {
    my ($command) = @_;
    my ($status, $out, $error) = run_command($command, timeout => 40);
    die "$command->[0]: status $status\n$out$error" if $status != 0;
    return $out;
}

sub is_ready {
    my ($self) = @_;

    die "MariaDB has ended:\n" . $self->log if defined reap($self->{pid});
    return if !-S $self->{socket};
    my @ping = (qw(mariadb-admin --no-defaults -u root -S), $self->{socket}, 'ping');
    my ($status) = run_command(\@ping);
    return $status == 0;
}

sub log { return slurp("$_[0]{dir}/my/log") }

# Runs statements as root, past weir.
sub sql {
    my ($self, $text) = @_;
    return run_fine([ qw(mariadb --no-defaults -N -B -u root -S), $self->{socket}, '-e', $text ]);
}

# Runs statements as weir through a TCP address: (exit status, stdout, stderr). More arguments for
# the client may follow.
sub query {
    my ($self, $host, $port, $text, @more) = @_;
    return run_command([ qw(mariadb --no-defaults -N -B -u weir -pweir -h), $host, '-P', $port,
        @more, '-e', $text, 'weir' ], timeout => 20);
}

# mariadb-slap through a TCP address: (exit status, stdout, stderr).
sub slap {
    my ($self, $host, $port, %option) = @_;
    return run_command([ qw(mariadb-slap --no-defaults -u weir -pweir -h), $host, '-P', $port,
        '--create-schema=weir', '--concurrency=' . ($option{clients} // 8),
        '--number-of-queries=' . ($option{queries} // 4000),
        '--query=' . ($option{query} // 'select 1') ], timeout => 40);
}

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill TERM => $pid;
    wait_for(sub { !is_running($pid) }, 20, 'the end of MariaDB');
    return end_process($pid);
}

1;
