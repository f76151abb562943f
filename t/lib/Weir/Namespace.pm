# SPDX-License-Identifier: BSD-2-Clause
package Weir::Namespace;

# A network and a set of mounts of the test's own: fixed ports, any address of 127.0.0.0/8, names in
# /etc/hosts, without a trace on the machine. The test starts itself again inside unshare(1).

use strict;
use warnings;
use Socket qw(AF_INET SOCK_DGRAM);
use Test::More;
use Weir::Process qw(run_command temporary_directory);

use constant { SIOCGIFFLAGS => 0x8913, SIOCSIFFLAGS => 0x8914, IFF_UP => 1 };

# Options: hosts (lines for /etc/hosts), files ({ path => text }: what these existing files say
# inside), tmpfs ([path]: empty directories).
sub enter {
    my (%option) = @_;

    if (!$ENV{WEIR_NAMESPACE}) {
        my ($status) = run_command([qw(unshare -mn --propagation private true)]);
        plan skip_all => 'namespaces need root' if $status != 0;
        local $ENV{WEIR_NAMESPACE} = $$;
        exec 'unshare', qw(-mn --propagation private), $^X, (map { "-I$_" } @INC), $0, @ARGV;
        die "unshare: $!\n";
    }
    raise_loopback();
    my %files = %{ $option{files} // {} };
    if (defined $option{hosts}) {
        $files{'/etc/hosts'} = "127.0.0.1 localhost\n::1 localhost\n$option{hosts}";
    }
    mount_file($_, $files{$_}) for sort keys %files;
    mount('-t', 'tmpfs', 'none', $_) for @{ $option{tmpfs} // [] };
    return;
}

sub raise_loopback {
    socket(my $socket, AF_INET, SOCK_DGRAM, 0) or die "socket: $!";
    my $request = pack 'a16 s x22', 'lo', 0;
    ioctl $socket, SIOCGIFFLAGS, $request or die "flags of lo: $!";
    my (undef, $flags) = unpack 'a16 s', $request;
    $request = pack 'a16 s x22', 'lo', $flags | IFF_UP;
    ioctl $socket, SIOCSIFFLAGS, $request or die "flags of lo: $!";
    return;
}

sub mount_file {
    my ($path, $text) = @_;
    my $own = temporary_directory() . '/file';

    open my $file, '>', $own or die "$own: $!";
    print {$file} $text;
    close $file or die "$own: $!";
    chmod 0644, $own;
    return mount('--bind', $own, $path);
}

sub mount {
    my ($status, undef, $error) = run_command([ 'mount', @_ ]);
    die "mount @_: $error" if $status != 0;
    return;
}

1;
