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

# The TCP sockets of the process, as handles of this one's own.
sub tcp_sockets {
    my ($pid) = @_;
    my @sockets;

    my $pidfd = syscall SYS_PIDFD_OPEN, $pid + 0, 0;
    croak "pidfd_open: $!" if $pidfd < 0;
    open my $keep, '<&=', $pidfd or croak "pidfd: $!";
    opendir my $dir, "/proc/$pid/fd" or croak "/proc/$pid/fd: $!";
    for my $fd (grep { /^\d+$/ } readdir $dir) {
        next if (readlink("/proc/$pid/fd/$fd") // '') !~ /^socket:/;
        my $copy = syscall SYS_PIDFD_GETFD, $pidfd, $fd + 0, 0;
        next if $copy < 0;
        open my $socket, '+<&=', $copy or croak "socket: $!";
        my $address = getsockname $socket or next;
        my $family = sockaddr_family($address);
        push @sockets, $socket if $family == AF_INET || $family == AF_INET6;
    }
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
