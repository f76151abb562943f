# SPDX-License-Identifier: BSD-2-Clause
# Each directive of the http and stream families is compared with nginx in a corpus of t/diff, or
# t/diff/EXEMPT says why not; and what waits in t/diff/pending can be read.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Source qw(files none);
use Test::More;
use Weir::Diff::Corpus;

# The words that begin a line of a configuration, each with its family: "http proxy_pass".
sub directives_in {
    my ($text) = @_;
    my ($family, $depth, %found) = ('', 0);

    $text =~ s/(?:^|(?<=[\s;{}]))#.*//gm;
    $text =~ s/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/x/gs;
    $text =~ s/[\$%]\{\w+\}|\\.|%%[^%]*%%/x/g;
    while ($text =~ /([^;{}]*)([;{}])/g) {
        my ($words, $mark) = ($1, $2);
        my ($name) = $words =~ /^\s*(\w+)/;
        $family = $name if defined $name && $depth == 0 && $name =~ /^(?:http|stream)$/;
        $found{"$family $name"} = 1 if defined $name;
        $depth += $mark eq '{' ? 1 : $mark eq '}' ? -1 : 0;
        $family = '' if $depth == 0;
    }
    return keys %found;
}

my (%is_covered, @unread);
for my $path (sort(glob('t/diff/{http,stream,pending}/*.diff'))) {
    my $corpus = eval { Weir::Diff::Corpus->new($path) };
    if (!$corpus) {
        push @unread, $@;
        next;
    }
    next if $path =~ m{/pending/};
    $is_covered{$_} = 1 for directives_in($corpus->configuration('weir'));
}
none('each corpus can be read', @unread);
ok keys %is_covered > 0, 'there are corpora';

# Lines "FAMILY NAME reason".
my (%is_exempt, @malformed);
open my $file, '<', 't/diff/EXEMPT' or die "t/diff/EXEMPT: $!\n";
while (my $line = <$file>) {
    next if $line =~ /^(?:#.*)?$/;
    if ($line =~ /^((?:http|stream) \w+) +\S/) { $is_exempt{$1} = 1 }
    else                                       { push @malformed, "line $.: $line" }
}
none('EXEMPT is lines "FAMILY NAME reason"', @malformed);

# Rows: name, contexts ...
my $program = $ENV{WEIR_BINARY} // 'build/weir';
my (%is_known, @missing);
open my $rows, '-|', $program, '--directives' or die "$program: $!\n";
while (my $row = <$rows>) {
    my ($name, $contexts) = split /\t/, $row;
    my @contexts = split /,/, $contexts;
    my %families = map { (/\bstream\b/ ? 'stream' : 'http') => 1 } grep { !/^(?:main|events)$/ } @contexts;
    for my $family (sort keys %families) {
        $is_known{"$family $name"} = 1;
        push @missing, "$family $name"
            if !$is_covered{"$family $name"} && !$is_exempt{"$family $name"};
    }
}
close $rows;
none('each directive stands in a corpus or in EXEMPT', @missing);
none('what EXEMPT names is a directive', grep { !$is_known{$_} } sort keys %is_exempt);
done_testing;
