# SPDX-License-Identifier: BSD-2-Clause
package Weir::Smuggling;

# The tables of t/http/smuggling: what is sent, and the outcomes that are allowed. README there has
# the language.

use strict;
use warnings;
use Exporter qw(import);
use Weir::Wire qw(wire_line shown);

our @EXPORT_OK = qw(read_cases describe);

# The cases of a file: name, line, sent [text or \"word" ...], request [text ...] (what the client
# sends), rest (behind the answer), words {}, outcomes [[outcome ...] ...]: any one of the lists will do.
# An outcome is kind, status, text or message.
sub read_cases {
    my ($path) = @_;
    my (@cases, $section);

    open my $file, '<:raw', $path or die "$path: $!\n";
    while (my $line = <$file>) {
        chomp $line;
        if ($line =~ /^=== (.*\S)$/) {
            push @cases, cases_of($section) if $section;
            $section = { name => $1, path => $path, line => $., lines => [], rows => [] };
        } elsif ($line =~ /^- (\w+)(?: (.*))?$/) {
            push @{ $section->{rows} }, [ $1, $2 // '', $. ];
        } elsif ($section) {
            push @{ $section->{lines} }, $line;
        } elsif ($line !~ /^(?:#.*)?$/) {
            die "$path:$.: what stands before the first section is a comment\n";
        }
    }
    return @cases, cases_of($section);
}

sub cases_of {
    my ($section) = @_;
    return one_case($section, '') if !@{ $section->{rows} };
    return map { one_case($section, @$_) } @{ $section->{rows} };
}

sub one_case {
    my ($section, $kind, $row, $row_line) = @_;
    my $name = defined $row ? "$section->{name}: " . substr($row, 0, 70) : $section->{name};
    my $case = { name => $name, where => "$section->{path}:" . ($row_line // $section->{line}),
        sent => [], request => [], rest => '', words => {}, outcomes => [ [] ] };

    $case->{is_row} = $kind ne '';
    for my $line (@{ $section->{lines} }) {
        my $text = defined $row ? $line =~ s/%%ROW%%/$row/gr : $line;
        read_line($case, $text) or die "$section->{path}: what is \"$line\"?\n";
    }
    $case->{outcomes} = [ [ { kind => 'own', status => $kind, text => '' } ] ] if $kind =~ /^\d+$/;
    $case->{outcomes} = [ [ { kind => 'cut', status => '' } ] ] if $kind eq 'cut';
    $case->{outcomes} = [ map { [ { kind => 'own', status => $_, text => '' } ] } 400, 505 ]
        if $kind eq 'bad';
    return $case;
}

sub read_line {
    my ($case, $line) = @_;
    my $outcomes = $case->{outcomes}[-1];

    return 1 if $line =~ /^(?:#.*)?$/;
    if ($line =~ /^>(?: (.*))?$/) { push @{ $case->{request} }, wire_line($1 // '') }
    elsif ($line =~ /^\+(?: (.*))?$/) { $case->{rest} .= wire_line($1 // '') }
    elsif ($line =~ /^<(?: (.*))?$/) { push @{ $case->{sent} }, wire_line($1 // '') }
    elsif ($line =~ /^(wait|close|end)$/) {
        push @{ $case->{sent} }, \"$1";
        $case->{words}{$1} = 1;
    }
    elsif ($line =~ /^(early|last|begun|spoilt|whole)$/) { $case->{words}{$1} = 1 }
    elsif ($line eq 'or') { push @{ $case->{outcomes} }, [] }
    elsif ($line =~ /^(?:own )?(\d{3})(?: (.+))?$/) {
        push @$outcomes, { kind => 'own', status => $1, text => $2 // '' };
    }
    elsif ($line =~ /^(gone|cut)(?: (\d+))?$/) { push @$outcomes, { kind => $1, status => $2 // '' } }
    elsif ($line =~ /^forwarded(?: (\d+))?$/) {
        push @$outcomes, { kind => 'forwarded', first => undef, fields => [], body => undef,
            status => $1 // 200 };
    }
    elsif ($line =~ /^=(?: (.*))?$/) { add_expected($outcomes->[-1], $1 // '') }
    else { return 0 }
    return 1;
}

# A line of what is to come through: first line, fields, an empty line, the body.
sub add_expected {
    my ($outcome, $line) = @_;

    if (defined $outcome->{body}) { $outcome->{body} .= wire_line($line) }
    elsif (!defined $outcome->{first}) { $outcome->{first} = wire_line("$line\\") }
    elsif ($line eq '') { $outcome->{body} = '' }
    else { push @{ $outcome->{fields} }, wire_line("$line\\") }
    return;
}

# A message in the form of a table, framing left out but for whether there is a body.
sub describe {
    my ($first, $fields, $body) = @_;
    return join "\n", map { shown($_) } $first, @$fields, '', $body // '';
}

1;
