# SPDX-License-Identifier: BSD-2-Clause
package Weir::Server;

# Servers for weir to proxy to. The listening socket is there when start() returns; one process
# accepts and forks one more for each connection. What happens is written, a line per event, to a
# file that the test reads: accepts, requests, and what the handler notes.

use strict;
use warnings;
use Carp qw(croak);
use Fcntl qw(O_WRONLY O_APPEND O_CREAT);
use POSIX ();
use Socket qw(:all);
use Weir::Conn;
use Weir::HTTP qw(read_message response_text header_list);
use Weir::Process qw(spawn_sub end_process slurp);
use Weir::Wait qw(wait_for);

# Options: address ("127.0.0.1:8080", "unix:/path"), handler, events (a file), backlog.
# handler($conn, $server, $number) serves one connection; it is closed when the handler returns.
sub new {
    my ($class, %option) = @_;
    return bless { backlog => 511, %option }, $class;
}

sub address { return $_[0]{address} }

sub start {
    my ($self) = @_;
    my $address = Weir::Conn::socket_address($self->{address});
    my $family = sockaddr_family($address);

    croak 'it runs' if $self->{pid};
    socket(my $listener, $family, SOCK_STREAM, 0) or die "socket: $!";
    setsockopt $listener, SOL_SOCKET, SO_REUSEADDR, 1;
    setsockopt $listener, IPPROTO_IPV6, IPV6_V6ONLY, 1 if $family == AF_INET6;
    unlink unpack_sockaddr_un($address) if $family == AF_UNIX;
    bind $listener, $address or die "bind to $self->{address}: $!";
    chmod 0666, unpack_sockaddr_un($address) if $family == AF_UNIX;
    listen $listener, $self->{backlog} or die "listen on $self->{address}: $!";
    $self->{pid} = spawn_sub(sub { $self->accept_all($listener) });
    return $self;
}

# Ends the server and its connections; from then on its address refuses.
sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return $self;
    end_process($pid);
    return $self;
}

sub accept_all {
    my ($self, $listener) = @_;

    local $SIG{CHLD} = 'IGNORE';
    sysopen $self->{event_file}, $self->{events}, O_WRONLY | O_APPEND | O_CREAT
        or die "$self->{events}: $!";
    for (my $number = 1; ; $number++) {
        accept my $socket, $listener or next;
        $self->event('accept');
        my $pid = fork // die "fork: $!";
        if ($pid) {
            close $socket;
            next;
        }
        close $listener;
        $self->serve($socket, $number);
        POSIX::_exit(0);
    }
}

sub serve {
    my ($self, $socket, $number) = @_;
    my $conn = Weir::Conn->wrap($socket, timeout => 60);

    eval { $self->{handler}->($conn, $self, $number); 1 } or $self->event("error $@");
    $conn->close;
    return;
}

sub event {
    my ($self, $text) = @_;
    $text =~ s/\s*\n\s*/ /g;
    syswrite $self->{event_file}, "$text\n";
    return;
}

# For handlers: keeps a line for the test to read.
sub note {
    my ($self, $text) = @_;
    return $self->event("note $text");
}

# For tests: what happened so far.
sub events {
    my ($self, $kind) = @_;
    return map { /^\Q$kind\E(?: (.*))?$/ ? $1 // '' : () } split /\n/, slurp($self->{events});
}

sub accepts  { return scalar(() = $_[0]->events('accept')) }
sub requests { return scalar(() = $_[0]->events('request')) }
sub uris     { return map { (split / /)[1] } $_[0]->events('request') }
sub notes    { return $_[0]->events('note') }
sub errors   { return $_[0]->events('error') }

# Waits for the handler's note number $count (the first, unless told) and returns it.
sub wait_note {
    my ($self, $count) = @_;
    $count ||= 1;
    my $is_there = sub { my @notes = $self->notes; return @notes >= $count };
    wait_for($is_there, undef, "note $count of $self->{address}");
    return ($self->notes)[$count - 1];
}

# What a connection can be met with. Each sub gives a handler.

sub echo {
    return sub {
        my ($conn) = @_;
        until ($conn->is_at_end) {
            $conn->send($conn->take);
        }
    };
}

# Speaks first, then reads to the end.
sub greeting {
    my ($text) = @_;
    return sub {
        my ($conn) = @_;
        $conn->send($text);
        $conn->recv_all;
    };
}

# Takes everything and says nothing.
sub silent {
    return sub { $_[0]->recv_all };
}

sub closing {
    return sub { };
}

sub resetting {
    return sub { $_[0]->reset };
}

# Reads to the end and answers only then: "LENGTH SHA256\n".
sub sink {
    require Digest::SHA;
    return sub {
        my ($conn) = @_;
        my ($digest, $length) = (Digest::SHA->new(256), 0);
        until ($conn->is_at_end) {
            my $bytes = $conn->take;
            $length += length $bytes;
            $digest->add($bytes);
        }
        $conn->send("$length " . $digest->hexdigest . "\n");
    };
}

# Sends the bytes and ends.
sub source {
    my ($bytes) = @_;
    return sub { $_[0]->send($bytes) };
}

# Answers requests with what $answer->($request, $conn, $server) returns: [status, headers, body]
# (headers a list or a hash), or undef to end the connection without an answer. The connection is
# kept as HTTP says, or ended after one answer (option close).
sub http {
    my ($answer, %option) = @_;
    return sub {
        my ($conn, $server) = @_;
        while (my $request = read_message($conn)) {
            $server->event(join ' ', 'request', @$request{qw(method uri)});
            my $response = $answer->($request, $conn, $server) or return;
            my ($status, $headers, $body) = @$response;
            my @list = header_list($headers);
            my $connection = lc($request->header('Connection') // '');
            my $ends = $option{close} || $connection =~ /\bclose\b/
                || $request->{version} eq 'HTTP/1.0' && $connection !~ /\bkeep-alive\b/;
            push @list, Connection => 'close' if $ends;
            my $text = response_text($status, \@list, $body, $request->{method});
            $conn->send($text, maybe => 1) or return;
            return if $ends;
        }
    };
}

1;
