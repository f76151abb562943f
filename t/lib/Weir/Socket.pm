# SPDX-License-Identifier: BSD-2-Clause
package Weir::Socket;

# Looks at the socket options of another process: takes a duplicate of its descriptor, by
# pidfd_getfd(2), and asks the kernel.

use strict;
use warnings;
use Carp qw(croak);
use Socket qw(:all);
use Weir::Conn;

use constant { SYS_PIDFD_OPEN => 434, SYS_PIDFD_GETFD => 438 };    # the same on all architectures

# Calls $sub->(HANDLE, FD) for a duplicate of each of these descriptors of the process.
sub each_copy {
    my ($pid, $fds, $sub) = @_;

    my $pidfd = syscall SYS_PIDFD_OPEN, $pid + 0, 0;
    croak "pidfd_open: $!" if $pidfd < 0;
    open my $keep, '<&=', $pidfd or croak "pidfd: $!";
    for my $fd (@$fds) {
        my $copy = syscall SYS_PIDFD_GETFD, $pidfd, $fd + 0, 0;
        next if $copy < 0;
        open my $handle, '+<&=', $copy or croak "descriptor: $!";
        $sub->($handle, $fd);
    }
    return;
}

# The TCP sockets of the process, as handles of this one's own.
sub tcp_sockets {
    my ($pid) = @_;
    my @sockets;

    opendir my $dir, "/proc/$pid/fd" or croak "/proc/$pid/fd: $!";
    my @fds = grep { (readlink("/proc/$pid/fd/$_") // '') =~ /^socket:/ } readdir $dir;
    each_copy($pid, \@fds, sub {
        my ($socket) = @_;
        my $address = getsockname $socket or return;
        my $family = sockaddr_family($address);
        push @sockets, $socket if $family == AF_INET || $family == AF_INET6;
    });
    return @sockets;
}

# An integer option of the connections that have that port at one end, at whichever processes they
# are: a list.
sub options {
    my ($pids, $port, $level, $option) = @_;
    my @values;

    for my $socket (map { tcp_sockets($_) } @$pids) {
        my $far = getpeername $socket or next;
        my @ports = map { (Weir::Conn::name_of($_))[1] } getsockname $socket, $far;
        next if !grep { $_ == $port } @ports;
        push @values, unpack 'i', getsockopt $socket, $level, $option;
    }
    return @values;
}

1;
