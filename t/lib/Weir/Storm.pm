# SPDX-License-Identifier: BSD-2-Clause
package Weir::Storm;

# Many clients at once that do all that clients do, in good order or not, from one process.
#
#     my $storm = Weir::Storm->new(address => '127.0.0.1:8080', seed => 7, at_once => 40);
#     $storm->add([ ['send', "GET / HTTP/1.1\r\n..."], ['answers', 1], ['close'] ], address => OTHER) ...;
#     $storm->run;
#
# A client is its steps:
#
#     send BYTES      all of them, as the socket takes them
#     trickle BYTES   in small pieces, with turns between
#     answers N       until so many whole responses have come since the connection began
#     wait SECONDS    and read meanwhile
#     deaf            reads nothing from now on
#     end             until weir ends the connection
#     half            ends its stream, and goes on reading
#     close, reset    leaves
#
# What became of it is in the client: port (its own), sent (bytes that the kernel took), in (what came and is
# no whole response), statuses (of the responses), is_open_ended (the last of them had no other end), end
# ("closed", "reset", "left", "left by reset", "lost": nothing came in time).

use strict;
use warnings;
use Errno qw(EAGAIN EINTR EINPROGRESS);
use IO::Handle;
use Socket qw(:all);
use Time::HiRes ();
use Weir::Conn;
use Weir::Wait qw(now scaled);

use constant { PIECE => 65_536, PATIENCE => 15 };

sub new {
    my ($class, %option) = @_;
    return bless { at_once => 40, clients => [], %option }, $class;
}

sub add {
    my ($self, $steps, %more) = @_;
    my $client = { steps => $steps, out => '', in => '', sent => 0, statuses => [], methods => [], %more };
    push @{ $self->{clients} }, $client;
    return $client;
}

# Lets all clients do what they want to; returns when the last one is gone.
sub run {
    my ($self, %option) = @_;
    my @waiting = @{ $self->{clients} };
    my @active;

    while (@waiting || @active) {
        while (@waiting && @active < $self->{at_once}) {
            my $client = shift @waiting;
            push @active, $client if $self->begin($client);
            $option{each}->(scalar @waiting) if $option{each};
        }
        $self->turn(@active);
        @active = grep { $_->{socket} } @active;
    }
    return;
}

sub begin {
    my ($self, $client) = @_;
    my $address = Weir::Conn::socket_address($client->{address} // $self->{address});

    socket($client->{socket}, sockaddr_family($address), SOCK_STREAM, 0) or die "socket: $!";
    $client->{socket}->blocking(0);
    setsockopt $client->{socket}, IPPROTO_TCP, TCP_NODELAY, 1;
    setsockopt $client->{socket}, SOL_SOCKET, SO_RCVBUF, $client->{receive_buffer} if $client->{receive_buffer};
    $client->{patience} = now() + scaled(PATIENCE);
    if (!connect($client->{socket}, $address) && $! != EINPROGRESS) {
        leave($client, "no connection: $!");
        return 0;
    }
    ($client->{port}) = unpack_sockaddr_in(getsockname $client->{socket});
    return 1;
}

# One select() and what it brings, then the steps.
sub turn {
    my ($self, @clients) = @_;
    my ($read, $write) = ('', '');

    for my $client (@clients) {
        vec($read,  fileno $client->{socket}, 1) = 1 if !$client->{is_deaf};
        vec($write, fileno $client->{socket}, 1) = 1 if $client->{out} ne '';
    }
    select $read, $write, undef, 0.005;
    for my $client (@clients) {
        my $number = fileno $client->{socket};
        flush($client) if vec $write, $number, 1;
        receive($client) if $client->{socket} && vec $read, $number, 1;
        go_on($client) if $client->{socket};
    }
    return;
}

sub flush {
    my ($client) = @_;
    my $sent = syswrite $client->{socket}, $client->{out};
    if (!defined $sent) {
        return if $! == EAGAIN || $! == EINTR;
        # What weir has sent before it ended the connection can still be read, if it is still there.
        $client->{end} = 'reset';
        receive($client) if !$client->{is_deaf};
        leave($client) if $client->{socket};
        return;
    }
    $client->{sent} += $sent;
    substr $client->{out}, 0, $sent, '';
    return;
}

sub receive {
    my ($client) = @_;
    my $got = sysread $client->{socket}, $client->{in}, PIECE, length $client->{in};
    if (!$got) {
        return if !defined $got && ($! == EAGAIN || $! == EINTR);
        my $end = defined $got ? 'closed' : 'reset';
        take_answers($client, 1);
        leave($client, $end);
        return;
    }
    take_answers($client, 0);
    return;
}

sub leave {
    my ($client, $end) = @_;
    $client->{end} //= $end;
    close $client->{socket};
    $client->{socket} = undef;
    return;
}

# Does steps until one has to wait.
sub go_on {
    my ($client) = @_;
    my $now = now();

    while ($client->{socket}) {
        my ($name, $what) = @{ $client->{steps}[0] // ['close'] };
        if ($now > $client->{patience}) {
            return leave($client, "lost in '$name'");
        }
        last if !__PACKAGE__->can("step_$name")->($client, $what, $now);
        shift @{ $client->{steps} };
        delete $client->{since};
        $client->{patience} = $now + scaled(PATIENCE);
    }
    return;
}

# Those of requests, maybe pipelined ones: one may follow right behind the body of another.
sub methods_in { return $_[0] =~ m{([A-Z]+) /\S* HTTP/\d}g }

# Each returns whether it is done.

sub step_send {
    my ($client, $bytes) = @_;
    if (!$client->{since}++) {
        push @{ $client->{methods} }, methods_in($bytes);
        $client->{out} .= $bytes;
        flush($client) if $client->{out} ne '';
    }
    return $client->{out} eq '';
}

sub step_trickle {
    my ($client, $bytes) = @_;
    push @{ $client->{methods} }, methods_in($bytes) if !defined $client->{since};
    $client->{since} //= 0;
    return 0 if $client->{out} ne '';
    return 1 if $client->{since} >= length $bytes;
    my $piece = substr $bytes, $client->{since}, 1 + int rand 9;
    $client->{since} += length $piece;
    $client->{out} = $piece;
    flush($client);
    return 0;
}

sub step_answers { return @{ $_[0]{statuses} } >= $_[1] }
sub step_wait    { return $_[2] >= ($_[0]{since} //= $_[2] + $_[1]) }
sub step_deaf    { return $_[0]{is_deaf} = 1 }
sub step_end     { return 0 }

sub step_half {
    my ($client) = @_;
    shutdown $client->{socket}, SHUT_WR;
    return 1;
}

sub step_close {
    my ($client) = @_;
    receive($client) if !$client->{is_deaf};
    leave($client, 'left') if $client->{socket};
    return 0;
}

sub step_reset {
    my ($client) = @_;
    setsockopt $client->{socket}, SOL_SOCKET, SO_LINGER, pack 'II', 1, 0;
    leave($client, 'left by reset');
    return 0;
}

# ---- responses ----

# Takes whole responses from what has come.
sub take_answers {
    my ($client, $is_end) = @_;

    while ($client->{in} =~ m{\A(HTTP/1\.\d (\d\d\d)\b.*?\r\n\r\n)}s) {
        my ($head, $status) = ($1, $2);
        if ($status =~ /^1/ && $status != 101) {
            substr $client->{in}, 0, length $head, '';
            next;
        }
        $client->{head_status} = $status;    # its head has come, at least
        my $length = body_length($client, $head, $status, $is_end) // return;
        substr $client->{in}, 0, length($head) + $length, '';
        shift @{ $client->{methods} };
        push @{ $client->{statuses} }, $status;
        delete $client->{head_status};
    }
    return;
}

# Of the response's body with its framing; undef if it is not whole.
sub body_length {
    my ($client, $head, $status, $is_end) = @_;
    my $body = length($client->{in}) - length $head;

    return 0 if $status =~ /^(?:101|204|304)$/ || ($client->{methods}[0] // '') eq 'HEAD';
    if ($head =~ /^Content-Length: (\d+)\r$/mi) {
        return $body >= $1 ? $1 : undef;
    }
    if ($head =~ /^Transfer-Encoding: chunked\r$/mi) {
        pos($client->{in}) = length $head;
        while ($client->{in} =~ /\G([0-9a-f]+)\r\n/gc) {
            my $at = pos $client->{in};
            if (hex $1 == 0) {
                return $client->{in} =~ /\G(?:[^\r\n]+\r\n)*\r\n/gc ? pos($client->{in}) - length $head : undef;
            }
            return if length $client->{in} < $at + 2 + hex $1;
            pos($client->{in}) = $at + 2 + hex $1;
        }
        return;
    }
    return $is_end && ($client->{is_open_ended} = 1) ? $body : undef;
}

1;
