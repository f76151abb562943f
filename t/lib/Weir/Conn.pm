# SPDX-License-Identifier: BSD-2-Clause
package Weir::Conn;

# One TCP or UNIX connection, as a client opened it or as a server took it. Every wait has a time
# limit; what does not come in time is an exception that says what was wanted and what was there.

use strict;
use warnings;
use Carp qw(croak);
use Errno qw(EAGAIN EINTR EINPROGRESS ECONNRESET EPIPE);
use IO::Handle;
use Socket qw(:all);
use Weir::Wait qw(now scaled);

use constant PIECE => 65_536;

# "8080", "127.0.0.2:80", "[::1]:80" or "unix:/path" as a packed socket address.
sub socket_address {
    my ($text) = @_;

    return pack_sockaddr_un($1) if $text =~ /^unix:(.+)/;
    return pack_sockaddr_in6(0 + $2, inet_pton(AF_INET6, $1)) if $text =~ /^\[(.+)\]:(\d+)$/;
    return pack_sockaddr_in(0 + $2, inet_aton($1)) if $text =~ /^([\d.]+):(\d+)$/;
    return pack_sockaddr_in($text, INADDR_LOOPBACK) if $text =~ /^\d+$/;
    croak "not an address: $text";
}

sub wrap {
    my ($class, $socket, %option) = @_;

    $socket->blocking(0);
    my $is_tcp = sockaddr_family(getsockname $socket) != AF_UNIX;
    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1 if $is_tcp;
    return bless { socket => $socket, buffer => '', eof => 0, timeout => $option{timeout},
        was_reset => $option{was_reset} }, $class;
}

# Connects; options: timeout (seconds for this and every later wait), from (an own address).
# Returns the connection, or nothing with the reason in $!.
sub try_open {
    my ($class, $to, %option) = @_;
    my $address = socket_address($to);
    my $family = sockaddr_family($address);

    socket(my $socket, $family, SOCK_STREAM, 0) or croak "socket: $!";
    if (defined $option{from}) {
        my $from = $option{from} =~ /:/
            ? pack_sockaddr_in6(0, inet_pton(AF_INET6, $option{from}))
            : pack_sockaddr_in(0, inet_aton($option{from}));
        bind $socket, $from or croak "bind to $option{from}: $!";
    }
    if (defined $option{receive_buffer}) {
        setsockopt $socket, SOL_SOCKET, SO_RCVBUF, $option{receive_buffer};
    }
    $socket->blocking(0);
    if (!connect $socket, $address) {
        return if $! != EINPROGRESS;
        my $ready = '';
        vec($ready, fileno $socket, 1) = 1;
        if (!select undef, $ready, undef, scaled($option{timeout})) {
            $! = Errno::ETIMEDOUT();
            return;
        }
        my $error = unpack 'i', getsockopt $socket, SOL_SOCKET, SO_ERROR;
        # One that is reset at once was open nevertheless.
        return $class->wrap($socket, %option, was_reset => 1) if $error == ECONNRESET;
        if ($error) {
            $! = $error;
            return;
        }
    }
    return $class->wrap($socket, %option);
}

sub open {
    my ($class, $to, %option) = @_;
    return $class->try_open($to, %option) // croak "cannot connect to $to: $!";
}

sub socket  { return $_[0]{socket} }
sub is_open { return defined $_[0]{socket} }

# Address and port of the far and of the own end, "path" and "" for UNIX sockets.
sub remote { return name_of(getpeername $_[0]{socket}) }
sub local  { return name_of(getsockname $_[0]{socket}) }

sub name_of {
    my ($address) = @_;
    my $family = sockaddr_family($address);

    if ($family == AF_UNIX) {
        return (length $address > 2 ? unpack_sockaddr_un($address) : '', '');
    }
    my ($port, $ip) = $family == AF_INET6
        ? unpack_sockaddr_in6($address) : unpack_sockaddr_in($address);
    return (inet_ntop($family, $ip), $port);
}

# Waits until the socket can be read or written: 'r' or 'w'; false when $end passes.
sub wait_ready {
    my ($self, $what, $end) = @_;
    my $bits = '';
    vec($bits, fileno $self->{socket}, 1) = 1;

    while (1) {
        my $left = $end - now();
        $left = 0 if $left < 0;
        my ($r, $w) = ($bits, $bits);
        my $count = select $what eq 'r' ? $r : undef, $what eq 'w' ? $w : undef, undef, $left;
        return $count if $count >= 0;
        croak "select: $!" if $! != EINTR;
    }
}

sub deadline {
    my ($self) = @_;
    return now() + scaled($self->{timeout});
}

# Takes what has come into the buffer: true when there was something or the end was seen.
sub fill {
    my ($self, $end) = @_;

    return 0 if $self->{eof} || !$self->wait_ready('r', $end);
    my $got = sysread $self->{socket}, $self->{buffer}, PIECE, length $self->{buffer};
    return 1 if $got || !defined $got && ($! == EAGAIN || $! == EINTR);
    if (!defined $got) {
        $self->{error} = "$!";
        $self->{was_reset} = $! == ECONNRESET;
    }
    return $self->{eof} = 1;
}

sub fail {
    my ($self, $wanted) = @_;
    my $have = $self->{buffer};
    my $why = $self->{error} ? "'$self->{error}'" : $self->{eof} ? 'the end' : 'no more in time';

    substr($have, 200) = '...' if length $have > 200;
    $have =~ s/([^ -~\n])/sprintf '\\x%02x', ord $1/ge;
    croak "wanted $wanted; got $why after " . length($self->{buffer}) . " bytes: <$have>";
}

# Sends all bytes. An error is an exception, unless maybe => 1: then it returns false.
sub send {
    my ($self, $bytes, %option) = @_;
    my $end = $self->deadline;
    my $at = 0;

    while ($at < length $bytes) {
        my $done = syswrite $self->{socket}, $bytes, PIECE, $at;
        if (defined $done) {
            $at += $done;
        } elsif ($! == EAGAIN) {
            next if $self->wait_ready('w', $end);
            return 0 if $option{maybe};
            croak "sent only $at of " . length($bytes) . ' bytes in time';
        } elsif ($! != EINTR) {
            $self->{was_reset} = 1 if $! == ECONNRESET || $! == EPIPE;
            return 0 if $option{maybe};
            croak "send: $! after $at bytes";
        }
    }
    return 1;
}

# Everything up to and with what the pattern matches.
sub recv_until {
    my ($self, $pattern) = @_;
    my $end = $self->deadline;

    while ($self->{buffer} !~ /$pattern/) {
        $self->fail("/$pattern/") if $self->{eof} || !$self->fill($end);
    }
    $self->{buffer} =~ /$pattern/;
    return substr $self->{buffer}, 0, $+[0], '';
}

# One line, without its end.
sub recv_line {
    my ($self) = @_;
    my $line = $self->recv_until(qr/\n/);
    $line =~ s/\r?\n\z//;
    return $line;
}

# Exactly so many bytes.
sub recv_bytes {
    my ($self, $count) = @_;
    my $end = $self->deadline;

    while (length $self->{buffer} < $count) {
        $self->fail("$count bytes") if $self->{eof} || !$self->fill($end);
    }
    return substr $self->{buffer}, 0, $count, '';
}

# Everything until the other side's end, which may be a reset (was_reset).
sub recv_all {
    my ($self) = @_;
    my $end = $self->deadline;

    while (!$self->{eof}) {
        $self->fill($end) or $self->fail('the end');
    }
    return $self->take;
}

# What has been received and not taken yet, without waiting for more.
sub take {
    my ($self) = @_;
    my $bytes = $self->{buffer};
    $self->{buffer} = '';
    return $bytes;
}

# Whether bytes, or the end, come within so many seconds (not scaled: for what must not happen).
sub has_news {
    my ($self, $seconds) = @_;
    return 1 if length $self->{buffer} || $self->{eof};
    return $self->wait_ready('r', now() + $seconds) ? 1 : 0;
}

# Whether the other side ends the connection, with nothing more to read.
sub is_closed {
    my ($self) = @_;
    my $end = $self->deadline;

    1 while !$self->{eof} && $self->fill($end);
    return $self->{eof} && $self->{buffer} eq '' ? 1 : 0;
}

# Waits for the next byte or the end; true when it is the end.
sub is_at_end {
    my ($self) = @_;
    my $end = $self->deadline;

    1 while $self->{buffer} eq '' && !$self->{eof} && $self->fill($end);
    return $self->{eof} && $self->{buffer} eq '' ? 1 : 0;
}

sub was_reset { return $_[0]{was_reset} ? 1 : 0 }

# Sends bytes and receives at the same time, so that neither side need buffer all of it. Half-closes
# after the last byte (unless keep => 1) and reads to the end, or, with want => N, N bytes.
sub exchange {
    my ($self, $bytes, %option) = @_;
    my ($end, $at, $closed) = ($self->deadline, 0, $option{keep});
    my $want = $option{want};

    until ($self->{eof}
        || defined $want && length $self->{buffer} >= $want && $at == length $bytes) {
        my ($r, $w) = ('', '');
        vec($r, fileno $self->{socket}, 1) = 1;
        vec($w, fileno $self->{socket}, 1) = $at < length $bytes ? 1 : 0;
        my $left = $end - now();
        $self->fail('the end of the exchange') if $left <= 0 || !select $r, $w, undef, $left;
        if (vec $w, fileno $self->{socket}, 1) {
            my $done = syswrite $self->{socket}, $bytes, PIECE, $at;
            croak "send: $! after $at bytes" if !defined $done && $! != EAGAIN;
            $at += $done // 0;
        }
        if ($at >= length $bytes && !$closed) {
            $self->half_close;
            $closed = 1;
        }
        $self->fill($end) if vec $r, fileno $self->{socket}, 1;
    }
    return defined $want ? $self->recv_bytes($want) : $self->take;
}

# Ends the own direction; the other stays open.
sub half_close {
    my ($self) = @_;
    shutdown $self->{socket}, SHUT_WR;
    return;
}

# Ends the connection by a reset.
sub reset {
    my ($self) = @_;
    setsockopt $self->{socket}, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
    return $self->close;
}

sub close {
    my ($self) = @_;
    CORE::close delete $self->{socket} if $self->{socket};
    return;
}

1;
