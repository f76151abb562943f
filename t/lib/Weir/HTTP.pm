# SPDX-License-Identifier: BSD-2-Clause
package Weir::HTTP;

# HTTP/1 messages, plainly: enough to ask weir and to answer it, and strict about where a message
# ends. read_message() takes exactly one message off a Weir::Conn.

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);

our @EXPORT_OK = qw(read_message request_text response_text header_list);

# Reads one request, or one response to $option{method}; undef when the connection ends before it.
# Interim responses (100, 103) go to the list ->interim of the final one.
sub read_message {
    my ($conn, %option) = @_;
    my @interim;

    while (1) {
        return if $conn->is_at_end;
        my $message = parse_head($conn->recv_until(qr/\r?\n\r?\n/));
        if (defined $message->{status} && $message->{status} =~ /^1/ && $message->{status} != 101) {
            push @interim, $message;
            next;
        }
        $message->{interim} = \@interim;
        read_body($conn, $message, $option{method});
        return $message;
    }
}

sub parse_head {
    my ($head) = @_;
    my ($first, @lines) = split /\r?\n/, $head;
    my $self = bless { head => $head, first => $first, headers => [], body => '' },
        'Weir::HTTP::Message';

    for my $line (@lines) {
        my ($name, $value) = $line =~ /^([^:]*?)[ \t]*:[ \t]*(.*?)[ \t]*$/
            or croak "bad header line: $line";
        push @{ $self->{headers} }, [ $name, $value ];
    }
    if ($first =~ m{^(HTTP/\S+) (\d\d\d)(?: (.*))?$}) {
        @$self{qw(version status reason)} = ($1, $2, $3 // '');
    } elsif ($first =~ m{^(\S+) (\S+)(?: (HTTP/\S+))?$}) {
        @$self{qw(method uri version)} = ($1, $2, $3 // 'HTTP/0.9');
    } else {
        croak "bad first line: $first";
    }
    return $self;
}

sub read_body {
    my ($conn, $message, $method) = @_;
    my $status = $message->{status};

    return if defined $status && (($method // '') eq 'HEAD' || $status =~ /^(?:1..|204|304)$/);
    if (($message->header('Transfer-Encoding') // '') =~ /\bchunked$/i) {
        read_chunks($conn, $message);
    } elsif (defined(my $length = $message->header('Content-Length'))) {
        $message->{body} = $conn->recv_bytes($length);
    } elsif (defined $status) {
        $message->{body} = $conn->recv_all;
        $message->{until_close} = 1;
    }
    return;
}

sub read_chunks {
    my ($conn, $message) = @_;

    $message->{chunks} = 0;
    while (1) {
        my $line = $conn->recv_line;
        my ($size) = $line =~ /^([0-9a-f]+)[ \t]*(?:;.*)?$/i or croak "bad chunk size: <$line>";
        last if !hex $size;
        $message->{chunks}++;
        $message->{body} .= $conn->recv_bytes(hex $size);
        $conn->recv_bytes(2) eq "\r\n" or croak 'no line end after a chunk';
    }
    while ((my $line = $conn->recv_line) ne '') {
        my ($name, $value) = $line =~ /^([^:\s]+):[ \t]*(.*)$/ or croak "bad trailer: <$line>";
        push @{ $message->{trailers} }, [ $name, $value ];
    }
    return;
}

# Headers given as a list, a hash or not at all, as a list of name, value, name ...
sub header_list {
    my ($headers) = @_;
    return map { $_, $headers->{$_} } sort keys %$headers if ref $headers eq 'HASH';
    return @{ $headers // [] };
}

sub header_lines {
    my @list = @_;
    my $text = '';

    while (my ($name, $value) = splice @list, 0, 2) {
        $text .= "$name: $value\r\n" if defined $value;
    }
    return $text;
}

# The text of a request; options: method, host (undef: no Host field), version ("1.1"), headers
# (list or hash), body (sent with a Content-Length).
sub request_text {
    my ($uri, %option) = @_;
    my ($method, $version) = ($option{method} // 'GET', $option{version} // '1.1');
    my $text = "$method $uri HTTP/$version\r\n";

    $option{host} = 'localhost' if !exists $option{host};
    $text .= "Host: $option{host}\r\n" if defined $option{host};
    $text .= header_lines(header_list($option{headers}));
    $text .= 'Content-Length: ' . length($option{body}) . "\r\n" if defined $option{body};
    return $text . "\r\n" . ($option{body} // '');
}

# The text of a response: status, headers, body. A Content-Length is added unless the headers have
# their own framing or ask for the end of the connection to be it ("Content-Length" => undef).
sub response_text {
    my ($status, $headers, $body, $method) = @_;
    my @list = header_list($headers);
    my %has = map { $_ % 2 ? () : (lc $list[$_], 1) } 0 .. $#list;
    my $is_framed = $has{'content-length'} || $has{'transfer-encoding'};
    my ($code, $reason) = $status =~ /^(\d+) ?(.*)/;
    my $text = "HTTP/1.1 $code " . ($reason || ($code < 400 ? 'OK' : 'Not OK')) . "\r\n";

    $body //= '';
    $text .= header_lines(@list);
    if (!$is_framed && $code !~ /^(?:1..|204|304)$/) {
        $text .= 'Content-Length: ' . length($body) . "\r\n";
    }
    return $text . "\r\n" . (($method // '') eq 'HEAD' ? '' : $body);
}

package Weir::HTTP::Message;

# What was read: fields method, uri (request) or status, reason (response), version, headers (list
# of [name, value]), trailers, body, head (the bytes of the head), first (its first line).

sub header {
    my ($self, $name) = @_;
    my @values = $self->header_values($name);
    return @values ? $values[0] : undef;
}

sub header_values {
    my ($self, $name) = @_;
    return map { $_->[1] } grep { lc $_->[0] eq lc $name } @{ $self->{headers} };
}

for my $field (qw(method uri status reason version headers trailers body head first chunks interim
    until_close)) {
    no strict 'refs';
    *$field = sub { return $_[0]{$field} };
}

package Weir::HTTP::Conn;

# A client's connection that carries one request after another.

use strict;
use warnings;
use Weir::Conn;
our @ISA = ('Weir::Conn');

# Sends a request and returns its response.
sub get {
    my ($self, $uri, %option) = @_;
    $self->send(Weir::HTTP::request_text($uri, %option));
    return $self->response($option{method});
}

# The same with the request's own text.
sub request {
    my ($self, $text) = @_;
    my ($method) = $text =~ /^(\S+)/;
    $self->send($text);
    return $self->response($method);
}

# The next response; for pipelining, where sending and receiving go their own ways.
sub response {
    my ($self, $method) = @_;
    return Weir::HTTP::read_message($self, method => $method)
        // $self->fail('a response');
}

1;
