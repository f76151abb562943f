# SPDX-License-Identifier: BSD-2-Clause
package Weir::WebSocket;

# WebSocket (RFC 6455) by hand, both sides, on a Weir::Conn: the handshake, and frames of one piece.
#
#     my $ws = Weir::WebSocket->ask($t->connect('web'), '/chat');   # a client
#     $ws->send_text('hello'); $ws->recv_text;
#
#     $t->tcp_server('back', Weir::WebSocket::echo());              # a server

use strict;
use warnings;
use Digest::SHA qw(sha1);
use MIME::Base64 qw(encode_base64);
use Weir::HTTP qw(read_message);

use constant { TEXT => 1, CLOSE => 8, PING => 9, PONG => 10 };

sub accept_key {
    my ($key) = @_;
    return encode_base64(sha1($key . '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'), '');
}

# Asks for a WebSocket; dies unless the answer is one.
sub ask {
    my ($class, $conn, $uri, %option) = @_;
    my $key = encode_base64(pack('N4', map { int rand 2**32 } 1 .. 4), '');

    $conn->send("GET $uri HTTP/1.1\r\nHost: chat\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        . "Sec-WebSocket-Key: $key\r\nSec-WebSocket-Version: 13\r\n\r\n" . ($option{early} // ''));
    my $head = $conn->recv_until(qr/\r\n\r\n/);
    die "no WebSocket: $head" if $head !~ m{\AHTTP/1\.1 101 }
        || $head !~ /^Upgrade: websocket\r$/mi || $head !~ /^Connection: upgrade\r$/mi
        || index($head, 'Sec-WebSocket-Accept: ' . accept_key($key) . "\r\n") < 0;
    return bless { conn => $conn, masks => 1, head => $head }, $class;
}

# Takes a request for one; undef if the client ends, or asks for something else.
sub answer {
    my ($class, $conn, %option) = @_;
    my $request = read_message($conn) or return;
    my $key = $request->header('Sec-WebSocket-Key');

    return if lc($request->header('Upgrade') // '') ne 'websocket' || !defined $key
        || ($request->header('Connection') // '') !~ /\bupgrade\b/i;
    $conn->send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        . 'Sec-WebSocket-Accept: ' . accept_key($key) . "\r\n\r\n" . ($option{early} // ''));
    return bless { conn => $conn, masks => 0, request => $request }, $class;
}

sub frame {
    my ($kind, $bytes, $mask) = @_;
    my $length = length $bytes;
    my $bit = defined $mask ? 0x80 : 0;
    my $head = $length < 126 ? pack('CC', 0x80 | $kind, $bit | $length)
        : $length < 65536 ? pack('CCn', 0x80 | $kind, $bit | 126, $length)
        : pack('CCQ>', 0x80 | $kind, $bit | 127, $length);

    return $head . $bytes if !defined $mask;
    return $head . $mask . ($bytes ^ substr($mask x ($length / 4 + 1), 0, $length));
}

sub send_frame {
    my ($self, $kind, $bytes) = @_;
    $self->{conn}->send(frame($kind, $bytes, $self->{masks} ? pack('N', rand 2**32) : undef));
    return;
}

# (kind, bytes); dies on a frame that the other side must not send.
sub recv_frame {
    my ($self) = @_;
    my $conn = $self->{conn};
    my ($kind, $length) = unpack 'CC', $conn->recv_bytes(2);
    my $is_masked = $length & 0x80;

    die 'a wrong frame' if !($kind & 0x80) || ($is_masked xor !$self->{masks});
    $length &= 0x7f;
    $length = unpack 'n', $conn->recv_bytes(2) if $length == 126;
    $length = unpack 'Q>', $conn->recv_bytes(8) if $length == 127;
    my $mask = $is_masked ? $conn->recv_bytes(4) : "\0" x 4;
    my $bytes = $length ? $conn->recv_bytes($length) : '';
    return ($kind & 0x0f, $bytes ^ substr($mask x ($length / 4 + 1), 0, $length));
}

sub send_text { return $_[0]->send_frame(TEXT, $_[1]) }

sub recv_text {
    my ($self) = @_;
    my ($kind, $bytes) = $self->recv_frame;
    die "a frame of kind $kind" if $kind != TEXT;
    return $bytes;
}

# A server that sends texts back, answers pings, and ends when it is asked to.
sub echo {
    my (%option) = @_;
    return sub {
        my ($conn, $server) = @_;
        my $self = __PACKAGE__->answer($conn, %option) or return;
        $server->note('open');
        while (1) {
            my ($kind, $bytes) = $self->recv_frame;
            $self->send_frame($kind == PING ? PONG : $kind, $bytes);
            last if $kind == CLOSE;
        }
        $server->note('close');
    };
}

1;
