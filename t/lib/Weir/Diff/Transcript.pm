# SPDX-License-Identifier: BSD-2-Clause
package Weir::Diff::Transcript;

# What happened, as lines of text that two servers should have in common: one line for each thing
# that can differ. What differs by its nature (date, name of the server) is made equal here.

use strict;
use warnings;
use Digest::SHA qw(sha1_hex);
use Exporter qw(import);

our @EXPORT_OK = qw(raw_lines response_lines seen_lines differences);

use constant LONGEST_BODY => 4096;

my $date = qr/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/;

# Text that can be read, whatever bytes are in it.
sub visible {
    my ($bytes) = @_;
    $bytes =~ s/\\/\\\\/g;
    $bytes =~ s/\r/\\r/g;
    $bytes =~ s/\t/\\t/g;
    $bytes =~ s/([^\x20-\x7e\n])/sprintf '\\x%02x', ord $1/ge;
    $bytes =~ s/\n/\\n/g;
    return $bytes;
}

# A body, a line a line.
sub body_lines {
    my ($label, $body) = @_;
    return "$label: (none)" if $body eq '';
    if (length $body > LONGEST_BODY || $body =~ /[\x00-\x08\x0e-\x1f\x80-\xff]/ && length $body > 256) {
        return sprintf '%s: %d bytes, SHA-1 %s', $label, length $body, sha1_hex($body);
    }
    return map { "$label: " . visible($_) } $body =~ /[^\n]*\n|[^\n]+/g;
}

# Fields sorted by name, those of one name in their order.
sub sorted_fields {
    my ($message) = @_;
    my $n = 0;
    my @keyed = map { [ lc $_->[0], $n++, $_ ] } @{ $message->{fields} };
    return map { $_->[2] } sort { $a->[0] cmp $b->[0] || $a->[1] <=> $b->[1] } @keyed;
}

sub field_text {
    my ($name, $value) = @_;
    return defined $value ? visible("$name: $value") : visible($name) . ' (no colon)';
}

# The body of a response as it is compared: pages name the server, gzip says little to a reader,
# and the boundary of a multi-part body is anybody's choice.
sub readable_body {
    my ($response) = @_;
    my $body = $response->{body} // '';
    my %of = map { lc $_->[0] => $_->[1] } @{ $response->{fields} };

    my $label = 'body';
    if (lc($of{'content-encoding'} // '') eq 'gzip' && $body ne '') {
        require IO::Uncompress::Gunzip;
        my $plain;
        ($body, $label) = ($plain, 'body, gunzipped')
            if IO::Uncompress::Gunzip::gunzip(\$body, \$plain);
    }
    $body =~ s{<center>(?:nginx|weir)(/[\d.]+)?</center>}{'<center>SERVER' . ($1 ? '/VERSION' : '') . '</center>'}e;
    if (($of{'content-type'} // '') =~ /boundary=(\S+)/) {
        my $boundary = $1;
        $body =~ s/\Q$boundary\E/BOUNDARY/g;
    }
    return ($body, $label);
}

sub plain_value {
    my ($name, $value, $is_fitting) = @_;
    return '(now)' if $name eq 'date' && $value =~ $date;
    return $value =~ s{^(?:nginx|weir)(/[\d.]+)?$}{'SERVER' . ($1 ? '/VERSION' : '')}er if $name eq 'server';
    return '(as it is)' if $name eq 'content-length' && $is_fitting;
    return $value =~ s/boundary=\S+/boundary=BOUNDARY/r if $name eq 'content-type';
    return $value;
}

# Whether it is the head alone of a page, by all one can see: the answer of an error to HEAD.
sub is_headed_page {
    my ($response) = @_;
    return $response->{framing} eq 'none' && ($response->{status} // 0) >= 300
        && "@{[$response->values_of('Content-Type')]}" eq 'text/html';
}

# Bytes that were not read as a response, though they may be one.
sub raw_lines {
    my ($label, $bytes) = @_;
    $bytes =~ s{^(Date|Server): (.*)\r$}{"$1: " . plain_value(lc $1, $2) . "\r"}gme;
    $bytes =~ s{<center>(?:nginx|weir)(/[\d.]+)?</center>}{'<center>SERVER' . ($1 ? '/VERSION' : '') . '</center>'}e;
    return body_lines($label, $bytes);
}

sub response_lines {
    my ($label, $response) = @_;
    return raw_lines("$label, raw", $response->{raw}) if defined $response->{raw};

    my ($body, $body_label) = readable_body($response);
    # What the length is can be seen of the body.
    my $is_fitting = $response->{framing} eq 'length' && $response->{is_whole} || is_headed_page($response);
    my @lines = ("$label: " . visible($response->{first}));
    push @lines, "$label: " . field_text($_->[0], defined $_->[1]
        ? plain_value(lc $_->[0], $_->[1], $is_fitting) : undef) for sorted_fields($response);
    push @lines, body_lines("$label $body_label", $body) if $response->{framing} ne 'none';
    push @lines, "$label trailer: " . visible($_) for @{ $response->{trailers} // [] };
    push @lines, "$label: WRONG, $_" for @{ $response->{faults} };
    push @lines, "$label: (cut)" if !$response->{is_whole};
    return @lines;
}

# Of a request that came to an upstream server. Who speaks HTTP/1.0 or closes after each request is
# not compared: the defaults of the two are those of different years.
sub seen_lines {
    my ($record, $with_connections) = @_;
    my $label = "upstream $record->{upstream}";
    $label .= " (connection $record->{number})" if $with_connections;
    return body_lines("$label, raw", $record->{raw}) if defined $record->{raw};

    my $request = $record->{request};
    my @lines = ("$label: " . visible($request->{first} =~ s{ HTTP/1\.[01]$}{ HTTP/1.x}r));
    for my $field (sorted_fields($request)) {
        next if lc $field->[0] eq 'connection' && ($field->[1] // '') =~ /^(?:close|keep-alive|)$/i;
        push @lines, "$label: " . field_text(@$field);
    }
    push @lines, body_lines("$label body", $request->{body} // '') if $request->{framing} ne 'none';
    push @lines, "$label trailer: " . visible($_) for @{ $request->{trailers} // [] };
    push @lines, "$label, then: " . visible($record->{tunnel}) if defined $record->{tunnel};
    push @lines, "$label: WRONG, $_" for @{ $request->{faults} };
    push @lines, "$label: (cut)" if !$request->is_whole;
    return @lines;
}

# The lines that only one of two lists has, in order: "- " of the first, "+ " of the second.
sub differences {
    my ($left, $right) = @_;
    my @l = @$left;
    my @r = @$right;
    my (@head, @length);

    while (@l && @r && $l[0] eq $r[0])   { shift @l; shift @r }
    while (@l && @r && $l[-1] eq $r[-1]) { pop @l; pop @r }
    for my $i (reverse 0 .. $#l) {
        for my $j (reverse 0 .. $#r) {
            $length[$i][$j] = $l[$i] eq $r[$j] ? 1 + ($length[ $i + 1 ][ $j + 1 ] // 0)
                : max($length[ $i + 1 ][$j] // 0, $length[$i][ $j + 1 ] // 0);
        }
    }
    my ($i, $j, @found) = (0, 0);
    while ($i < @l || $j < @r) {
        if ($i < @l && $j < @r && $l[$i] eq $r[$j]) { $i++; $j++ }
        elsif ($j >= @r || $i < @l && ($length[ $i + 1 ][$j] // 0) >= ($length[$i][ $j + 1 ] // 0)) {
            push @found, "- $l[$i++]";
        }
        else { push @found, "+ $r[$j++]" }
    }
    return @found;
}

sub max { return $_[0] > $_[1] ? $_[0] : $_[1] }

1;
