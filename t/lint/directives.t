# SPDX-License-Identifier: BSD-2-Clause
# Each directive that the program knows has a line of help and stands in a test.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Source qw(files none);
use Test::More;

if (!-f 'src/weir.c') {
    pass 'there are no directives yet';
    done_testing;
    exit;
}

# Words that stand in tests, of all kinds: black-box tests, golden files, unit tests.
my %is_tested;
for my $path (files(qr/\.(?:t|conf|c|h)\z/, glob 't/{conf,process,stream,http,long,unit}')) {
    $is_tested{$_} = 1 for Source::text($path) =~ /[a-z][\w]*/g;
}

# Rows: name, contexts, default, help, with a tab between them.
my $program = $ENV{WEIR_BINARY} // 'build/weir';
open my $rows, '-|', $program, '--directives' or die "$program: $!\n";
my (%help, @malformed);
while (my $row = <$rows>) {
    chomp $row;
    my ($name, $contexts, $default, $help, @more) = split /\t/, $row, -1;
    push @malformed, "line $.: $row" if @more || !defined $help || $name !~ /^\w+$/ || $contexts eq '';
    $help{$name} = $help;
}
close $rows;

is $?, 0, "$program --directives";
none('each row has a name, contexts, a default and a line of help', @malformed);
ok keys %help > 0, 'there are directives';
none('each directive has a line of help', grep { ($help{$_} // '') =~ /^\s*$/ } sort keys %help);
none('each directive stands in a test', grep { !$is_tested{$_} } sort keys %help);
done_testing;
