# SPDX-License-Identifier: BSD-2-Clause
package Weir::Pipe;

# Looks at the pipes of another process: which there are, how much they can hold, and how much they
# hold at the moment. Takes duplicates of the reading ends, by pidfd_getfd(2), and asks the kernel.

use strict;
use warnings;
use Carp qw(croak);
use Fcntl qw(O_ACCMODE O_RDONLY F_GETFL);
use Weir::Socket;

use constant { F_GETPIPE_SZ => 1032, FIONREAD => 0x541B };

# Adds the pipes that the process has by now to %$pipes, by inode: { handle, size, most }.
sub find {
    my ($pid, $pipes) = @_;
    my %fds;

    opendir my $dir, "/proc/$pid/fd" or croak "/proc/$pid/fd: $!";
    for my $fd (grep { /^\d+$/ } readdir $dir) {
        my ($inode) = (readlink("/proc/$pid/fd/$fd") // '') =~ /^pipe:\[(\d+)\]/ or next;
        push @{ $fds{$inode} }, $fd if !$pipes->{$inode};
    }
    my %inode_of = map { my $inode = $_; map { $_ => $inode } @{ $fds{$inode} } } keys %fds;
    Weir::Socket::each_copy($pid, [ keys %inode_of ], sub {
        my ($handle, $fd) = @_;
        return if (fcntl($handle, F_GETFL, 0) & O_ACCMODE) != O_RDONLY;
        my $size = fcntl $handle, F_GETPIPE_SZ, 0;
        $pipes->{ $inode_of{$fd} } = { handle => $handle, size => $size, most => 0 };
    });
    return;
}

# Notes how much each of them holds now, if it is the most so far.
sub look {
    my ($pipes) = @_;

    for my $pipe (values %$pipes) {
        my $held = pack 'i', 0;
        ioctl $pipe->{handle}, FIONREAD, $held or croak "FIONREAD: $!";
        $held = unpack 'i', $held;
        $pipe->{most} = $held if $held > $pipe->{most};
    }
    return;
}

1;
