# SPDX-License-Identifier: BSD-2-Clause
package Weir::Diff::Message;

# Requests and responses as they stood on the wire. It reads more than a server may send: what is
# wrong with a message is part of what is compared.

use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw(parse_request parse_response);

# The first head in the bytes, or nothing while it is not whole: its first line, its fields.
sub parse_head {
    my ($bytes) = @_;
    my ($head) = $bytes =~ /^(.*?\n)\r?\n/s or return;
    my $self = bless { head_length => $+[0], fields => [], faults => [] }, __PACKAGE__;

    push @{ $self->{faults} }, 'a line ends with LF alone' if substr($bytes, 0, $+[0]) =~ /(?<!\r)\n/;
    my @lines = split /\r?\n/, $head;
    $self->{first} = shift @lines;
    for my $line (@lines) {
        push @{ $self->{fields} }, $line =~ /^([^:]*):\s*(.*)$/s ? [ $1, $2 ] : [ $line, undef ];
    }
    return $self;
}

sub values_of {
    my ($self, $name) = @_;
    return map { $_->[1] // '' } grep { lc $_->[0] eq lc $name } @{ $self->{fields} };
}

sub is_chunked { return grep { /chunked/i } $_[0]->values_of('Transfer-Encoding') }

sub content_length {
    my ($length) = $_[0]->values_of('Content-Length');
    return defined $length && $length =~ /^\d+$/ ? $length : undef;
}

sub parse_request {
    my ($bytes) = @_;
    my $self = parse_head($bytes) or return;
    ($self->{method}, $self->{target}) = split / /, $self->{first};
    $self->{target} //= '';
    $self->{framing} = $self->is_chunked ? 'chunked' : $self->content_length ? 'length' : 'none';
    return $self;
}

# A response to a request of that method; at the end of the connection what is there must do.
sub parse_response {
    my ($bytes, $method) = @_;
    my $self = parse_head($bytes) or return;
    ($self->{status}) = $self->{first} =~ m{^HTTP/\d\.\d (\d\d\d)};
    my $status = $self->{status} // 0;
    $self->{framing} = $method eq 'HEAD' || $status =~ /^(?:1..|204|304)$/ ? 'none'
        : $self->is_chunked ? 'chunked'
        : defined $self->content_length ? 'length' : 'close';
    return $self;
}

sub is_whole { return $_[0]{is_whole} }

# Takes what belongs to the body from the bytes behind the head: true when it is whole.
sub take_body {
    my ($self, $bytes) = @_;
    return 1 if $self->{is_whole};
    $self->{body} //= '';
    if ($self->{framing} eq 'none') { $self->{is_whole} = 1 }
    elsif ($self->{framing} eq 'chunked') { $self->take_chunks($bytes) }
    else {
        my $left = $self->{framing} eq 'length'
            ? $self->content_length - length $self->{body} : length $$bytes;
        $self->{body} .= substr $$bytes, 0, $left, '';
        $self->{is_whole} = 1
            if $self->{framing} eq 'length' && length $self->{body} == $self->content_length;
    }
    return $self->{is_whole};
}

sub take_chunks {
    my ($self, $bytes) = @_;
    while (1) {
        if ($self->{in_trailer}) {
            $$bytes =~ s/^(?:\r\n|((?:[^\r\n]+\r\n)+)\r\n)// or return;
            $self->{trailers} = [ split /\r\n/, $1 // '' ];
            return $self->{is_whole} = 1;
        }
        $$bytes =~ /^([0-9A-Fa-f]+)[^\r\n]*\r\n/ or return $self->note_bad_chunk($bytes);
        my ($start, $size) = ($+[0], hex $1);
        if ($size == 0) {
            substr $$bytes, 0, $start, '';
            $self->{in_trailer} = 1;
            next;
        }
        return if length $$bytes < $start + $size + 2;
        $self->{body} .= substr $$bytes, $start, $size;
        push @{ $self->{faults} }, 'a chunk does not end with CR LF'
            if substr($$bytes, $start + $size, 2) ne "\r\n";
        substr $$bytes, 0, $start + $size + 2, '';
    }
}

sub note_bad_chunk {
    my ($self, $bytes) = @_;
    return if $$bytes !~ /^[^\r\n]*\r?\n/;
    push @{ $self->{faults} }, "not a chunk's size" if !grep { /size/ } @{ $self->{faults} };
    return;
}

1;
