# SPDX-License-Identifier: BSD-2-Clause
package Weir::Port;

# Ports for tests that run side by side. A port belongs to whoever holds the lock on its file in a
# directory that all tests share; the lock ends with the process. The range lies below the one from
# which the kernel picks the ports of outgoing connections.

use strict;
use warnings;
use Exporter qw(import);
use Fcntl qw(:flock O_RDWR O_CREAT O_NOFOLLOW);
use Socket qw(:all);

our @EXPORT_OK = qw(reserve_port);

use constant DIRECTORY => '/tmp/weir-test-ports';
use constant FIRST     => 11_000;
use constant LAST      => 31_999;

my @locks;
my $next;

# Whether nobody listens there, neither on IPv4 nor on IPv6, neither TCP nor UDP.
sub is_free {
    my ($port) = @_;

    for my $type (SOCK_STREAM, SOCK_DGRAM) {
        for my $address (pack_sockaddr_in($port, INADDR_ANY),
            pack_sockaddr_in6($port, IN6ADDR_ANY)) {
            my $family = sockaddr_family($address);
            socket(my $socket, $family, $type, 0) or next;    # a machine without IPv6
            setsockopt $socket, SOL_SOCKET, SO_REUSEADDR, 1 if $type == SOCK_STREAM;
            setsockopt $socket, IPPROTO_IPV6, IPV6_V6ONLY, 1 if $family == AF_INET6;
            bind $socket, $address or return 0;
            next if $type == SOCK_DGRAM;
            listen $socket, 1 or return 0;
        }
    }
    return 1;
}

# A port that is this test's own until its end.
sub reserve_port {
    if (!-d DIRECTORY) {
        mkdir DIRECTORY;
        chmod 01777, DIRECTORY;
    }
    $next //= FIRST + int rand(LAST - FIRST + 1);
    for (FIRST .. LAST) {
        my $port = $next++;
        $next = FIRST if $next > LAST;
        sysopen my $lock, DIRECTORY . "/$port", O_RDWR | O_CREAT | O_NOFOLLOW, 0666 or next;
        flock $lock, LOCK_EX | LOCK_NB or next;
        is_free($port) or next;
        push @locks, $lock;
        return $port;
    }
    die 'no free port between ' . FIRST . ' and ' . LAST . "\n";
}

1;
