# SPDX-License-Identifier: BSD-2-Clause
package Weir::Wire;

# HTTP/1 messages as only the strictest reader takes them: one framing, lines that end in CR LF, none
# of CR, LF and NUL elsewhere. What weir sends to either side must be of this form, or two readers might differ on where
# it ends. A message is taken off the front of a string; what is none is an exception.

use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw(take_request take_response is_request_start unescape wire_line shown);

my $token = qr/[!#\$%&'*+.^_`|~0-9A-Za-z-]+/;

# "\x00", "\r", "\n", "\t", "\\", "\{5000*x}" (that many of it) in text that is sent.
sub unescape {
    my ($text) = @_;
    my %of = (r => "\r", n => "\n", t => "\t", '\\' => '\\');
    $text =~ s/\\\{(\d+)\*([^}]*)\}/$2 x $1/ge;
    $text =~ s/\\(?:x([0-9A-Fa-f]{2})|([rnt\\]))/defined $1 ? chr hex $1 : $of{$2}/ge;
    return $text;
}

# A line as it is sent: with CR LF behind it, unless "\" is its last character.
sub wire_line {
    my ($line) = @_;
    return unescape($1) if $line =~ /^(.*(?<!\\)(?:\\\\)*)\\$/s;
    return unescape($line) . "\r\n";
}

# Bytes for a person.
sub shown {
    my ($bytes) = @_;
    substr($bytes, 600) = '...' if length $bytes > 600;
    return $bytes =~ s/\r/\\r/gr =~ s/([^ -~\n])/sprintf '\\x%02x', ord $1/ger =~ s/\n/\\n/gr;
}

# The first line and the fields, [name, value], off the front; nothing while they are not all there.
sub take_head {
    my ($bytes, $first) = @_;
    my $end = index $$bytes, "\r\n\r\n";

    return if $end < 0;
    my ($line, @lines) = split /\r\n/, substr($$bytes, 0, $end + 4, ''), -1;
    splice @lines, -2;
    die 'first line: ' . shown($line) . "\n" if $line !~ /\A$first\z/;
    return ($line, map {
        /\A($token): ?([^\r\n\0]*)\z/ ? [ $1, $2 ] : die 'field: ' . shown($_) . "\n"
    } @lines);
}

# How the fields say that the body is framed: '', 'chunked' or a number.
sub framing_of {
    my (@fields) = @_;
    my @framing = grep { $_->[0] =~ /^(?:content-length|transfer-encoding)$/i } @fields;

    die "framed twice\n" if @framing > 1;
    return '' if !@framing;
    my ($name, $value) = @{ $framing[0] };
    die shown("$name: $value") . "\n" if $value !~ (lc $name eq 'content-length' ? qr/\A\d+\z/ : qr/\Achunked\z/);
    return $value;
}

# The body, and the trailers' fields, of chunks; nothing while they are not all there. None but whole
# bodies are taken, so the string stays as it is until then.
sub take_chunks {
    my ($bytes) = @_;
    my ($body, $at) = ('', 0);

    while (1) {
        substr($$bytes, $at) =~ /\A([0-9a-f]+)\r\n/ or last;
        my ($line, $size) = (length $&, hex $1);
        $at += $line;
        if ($size == 0) {
            my $rest = 'trailers' . "\r\n" . substr $$bytes, $at;
            my ($first, @fields) = take_head(\$rest, qr/trailers/) or return;
            $$bytes = $rest;
            return ($body, @fields);
        }
        return if length($$bytes) < $at + $size + 2;
        $body .= substr $$bytes, $at, $size;
        die "a chunk without its end\n" if substr($$bytes, $at + $size, 2) ne "\r\n";
        $at += $size + 2;
    }
    die 'chunk: ' . shown(substr $$bytes, $at, 20) . "\n"
        if substr($$bytes, $at) !~ /\A(?:[0-9a-f]{1,15}\r?)?\z/;
    return;
}

# Both take: a message as a hash of first, fields, framing, body, trailers; nothing while it is not
# whole, and then the string is as it was.
sub take_message {
    my ($bytes, $first, $framing_when) = @_;
    my $rest = $$bytes;
    my ($line, @fields) = take_head(\$rest, $first) or return;
    my %message = (first => $line, fields => \@fields, body => '', trailers => []);

    $message{framing} = framing_of(@fields);
    my $framing = $framing_when->(\%message);
    if ($framing eq 'chunked') {
        my ($body, @trailers) = take_chunks(\$rest) or return;
        @message{qw(body trailers)} = ($body, \@trailers);
    } elsif ($framing) {
        return if length $rest < $framing;
        $message{body} = substr $rest, 0, $framing, '';
    }
    $$bytes = $rest;
    return \%message;
}

my $request_line = qr{$token [!-~\x80-\xff]+ HTTP/1\.[01]};
my $status_line = qr{HTTP/1\.1 [1-9]\d\d [\t -~\x80-\xff]*};

sub take_request {
    my ($bytes) = @_;
    my $message = take_message($bytes, $request_line, sub { $_[0]{framing} }) // return;

    @$message{qw(method target)} = split / /, $message->{first};
    return $message;
}

# Whether it may be the start of a request whose rest never came: a head and not all of the body.
sub is_request_start {
    my ($bytes) = @_;
    my ($line, @fields) = eval { take_head(\$bytes, $request_line) };

    return !defined $line || !length framing_of(@fields) ? 0 : 1;
}

# The answer to a request of that method, interim ones left out.
sub take_response {
    my ($bytes, $method) = @_;

    while (1) {
        my $message = take_message($bytes, $status_line, sub {
            my ($status) = $_[0]{first} =~ / (\d+)/;
            return 0 if $method eq 'HEAD' || $status =~ /^(?:1..|204|304)$/;
            die "an answer whose end is nowhere said\n" if !length $_[0]{framing};
            return $_[0]{framing};
        }) // return;
        ($message->{status}, $message->{reason}) = $message->{first} =~ / (\d+) (.*)/;
        die "a length of what has none\n"
            if length $message->{framing} && $message->{status} =~ /^(?:1..|204)$/;
        $message->{closes} = grep { lc $_->[0] eq 'connection' && $_->[1] eq 'close' }
            @{ $message->{fields} };
        return $message if $message->{status} !~ /^1/ || $message->{status} eq '101';
    }
}

1;
