# SPDX-License-Identifier: BSD-2-Clause
package Weir::Recorder;

# A server that keeps each byte that it gets, connection by connection, and clients beside it, all in
# the process of the test: so what one side has and the other has not is known at any time.

use strict;
use warnings;
use Carp qw(croak);
use Errno qw(EAGAIN EINTR);
use IO::Handle;
use Socket qw(:all);
use Weir::Conn;
use Weir::Wait qw(now scaled);
use Weir::Wire qw(take_request take_response shown);

use constant PIECE => 65_536;

# Options: address (a port of weir's test), answer: sub ($request, $connection) that returns the
# answer's pieces. A piece is text (several in a row go out in
# one), or one of \"close", \"wait" (until release()).
sub new {
    my ($class, %option) = @_;
    my $self = bless { %option, connections => [], requests => [], accepts => 0 }, $class;
    my $address = Weir::Conn::socket_address($option{address});

    socket($self->{listener}, sockaddr_family($address), SOCK_STREAM, 0) or croak "socket: $!";
    setsockopt $self->{listener}, SOL_SOCKET, SO_REUSEADDR, 1;
    bind $self->{listener}, $address or croak "bind: $!";
    listen $self->{listener}, 511 or croak "listen: $!";
    return $self;
}

sub take_connection {
    my ($self) = @_;
    accept my $socket, $self->{listener} or return;

    $socket->blocking(0);
    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;
    push @{ $self->{connections} },
        { socket => $socket, in => '', number => ++$self->{accepts}, pieces => [] };
    return;
}

# Reads what is there; true at the end.
sub fill {
    my ($end) = @_;
    my $got = sysread $end->{socket}, $end->{in}, PIECE, length $end->{in};

    return if $got || !defined $got && ($! == EAGAIN || $! == EINTR);
    $end->{was_reset} = !defined $got;
    return $end->{eof} = 1;
}

# Writes all of it, in pieces of $size bytes where it is given. False when nobody takes it any more.
sub put {
    my ($self, $end, $bytes, $size) = @_;
    my $limit = now() + scaled(5);
    my $at = 0;

    local $SIG{PIPE} = 'IGNORE';
    while ($at < length $bytes) {
        my $done = syswrite $end->{socket}, $bytes, $size // PIECE, $at;
        return 0 if !defined $done && $! != EAGAIN;
        $at += $done // 0;
        $self->turn($end->{is_client} ? $end : undef, 0) if !defined $done || defined $size;
        croak 'nobody reads' if now() > $limit;
    }
    return 1;
}

# Sends what is to be sent next of the answer.
sub run_pieces {
    my ($self, $connection) = @_;

    while (defined(my $piece = shift @{ $connection->{pieces} })) {
        while (!ref $piece && @{ $connection->{pieces} } && !ref $connection->{pieces}[0]) {
            $piece .= shift @{ $connection->{pieces} };
        }
        if (!ref $piece) {
            $self->put($connection, $piece, $self->{size});
        } elsif ($$piece eq 'wait') {
            $connection->{is_waiting} = 1;
            return;
        } else {
            shutdown $connection->{socket}, SHUT_WR;
        }
    }
    return;
}

sub serve {
    my ($self, $connection) = @_;
    return if $connection->{junk} || $connection->{is_answered_early};

    my @early = $self->{early} ? $self->{early}->($connection) : ();
    if (@early) {
        $connection->{is_answered_early} = 1;
        push @{ $connection->{pieces} }, @early;
        $self->run_pieces($connection);
        return;
    }
    while (defined(my $request = eval { take_request(\$connection->{in}) })) {
        $request->{number} = $connection->{number};
        push @{ $self->{requests} }, $request;
        push @{ $connection->{pieces} }, $self->{answer}->($request, $connection);
        $self->run_pieces($connection);
    }
    $connection->{junk} = "$@: " . shown($connection->{in}) if $@;
    return;
}

# The rest of the answer that waited.
sub release {
    my ($self) = @_;
    for my $connection (grep { delete $_->{is_waiting} } @{ $self->{connections} }) {
        $self->run_pieces($connection);
    }
    return;
}

# Does what there is to do for the server and one client.
sub turn {
    my ($self, $client, $seconds) = @_;
    my @ends = grep { $_ && !$_->{eof} } @{ $self->{connections} }, $client;
    my $bits = '';

    vec($bits, fileno $_, 1) = 1 for $self->{listener}, map { $_->{socket} } @ends;
    return if (select my $ready = $bits, undef, undef, $seconds) <= 0;
    $self->take_connection if vec $ready, fileno $self->{listener}, 1;
    for my $end (grep { vec $ready, fileno $_->{socket}, 1 } @ends) {
        fill($end);
        $self->serve($end) if !$end->{is_client};
    }
    return;
}

# Until the condition is true; false when it does not come to that.
sub wait_until {
    my ($self, $client, $condition) = @_;
    my $limit = now() + scaled(5);

    until ($condition->()) {
        return 0 if now() > $limit;
        $self->turn($client, $limit - now());
    }
    return 1;
}

# The next answer that a client gets; nothing at its connection's end. What is none dies.
sub response {
    my ($self, $client, $method) = @_;
    my $response;

    $self->wait_until($client, sub {
        $response = eval { take_response(\$client->{in}, $method) };
        $client->{bad} = "$@: " . shown($client->{in}) if $@;
        return $response || $@ || $client->{eof};
    }) or die "no answer in time, but " . shown($client->{in}) . "\n";
    die "a bad answer: $client->{bad}\n" if $client->{bad};
    return $response;
}

# A request that nobody can misread, which the server answers with its method and target. Returns its first
# line; dies if it got another answer.
sub ask_cleanly {
    my ($self, $client, $fields) = @_;
    my $target = '/clean/' . ++$self->{cleanly};

    $self->put($client, "GET $target HTTP/1.1\r\nHost: a\r\n$fields\r\n");
    my $response = $self->response($client, 'GET') or die "the clean request got no answer\n";
    die "the clean request got $response->{status} " . shown($response->{body}) . "\n"
        if $response->{status} ne '200' || $response->{body} ne "GET $target\n";
    return "GET $target HTTP/1.1";
}

sub client {
    my ($self, $address) = @_;
    socket(my $socket, AF_INET, SOCK_STREAM, 0) or croak "socket: $!";
    connect $socket, Weir::Conn::socket_address($address) or croak "connect: $!";
    $socket->blocking(0);
    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;
    return { socket => $socket, in => '', is_client => 1 };
}

# All whole requests since the last call, and what lies on connections and is none: [connection ...].
sub take_requests {
    my ($self) = @_;
    my @requests = @{ $self->{requests} };

    $self->{requests} = [];
    return @requests;
}

sub rests {
    my ($self) = @_;
    return grep { length $_->{in} || defined $_->{junk} } @{ $self->{connections} };
}

# Forgets connections; they are closed.
sub forget {
    my ($self, @connections) = @_;
    my %is_one = map { $_->{number} => 1 } @connections;

    $self->{connections} = [ grep { !$is_one{ $_->{number} } } @{ $self->{connections} } ];
    close $_->{socket} for @connections;
    return;
}

1;
