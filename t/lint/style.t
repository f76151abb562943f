# SPDX-License-Identifier: BSD-2-Clause
# What can be said of form without reading: licence line, opening comment, guards, length, blanks.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Source qw(files lines none);
use Test::More;

use constant LONGEST => 100;

# The guard of a header: src/base/str.h has WEIR_BASE_STR_H. A list that is included several times
# says so and has none.
sub guard_complaints {
    my ($path, @lines) = @_;
    return if $lines[1] =~ /; included several times\b/;
    my $guard = 'WEIR_' . uc($path =~ s{^src/}{}r =~ s/\W/_/gr);
    my @code = grep { /^#/ } @lines;
    return if @code > 2 && $code[0] eq "#ifndef $guard" && $code[1] eq "#define $guard" && $code[-1] eq '#endif';
    return "$path: the guard is not $guard";
}

sub head_complaints {
    my ($path, @lines) = @_;
    my $licence = 'SPDX-License-Identifier: BSD-2-Clause';
    return $lines[0] eq "/* $licence */" && ($lines[1] // '') =~ m{^/\*}
        ? () : "$path: does not begin with the licence line and a comment" if $path =~ /\.[ch]\z/;
    return (grep { defined && $_ eq "# $licence" } @lines[ 0, 1 ])
        ? () : "$path: has no licence line at its beginning";
}

sub line_complaints {
    my ($path, @lines) = @_;
    my ($number, @found) = (0);
    for my $line (@lines) {
        $number++;
        # Configurations inside of tests may have them.
        push @found, "$path:$number: tab" if $path !~ /\.t\z/ && $line =~ /\t/;
        push @found, "$path:$number: blanks at the end" if $line =~ /[ \r]$/;
        utf8::decode($line);
        push @found, "$path:$number: longer than " . LONGEST if $path =~ /\.[ch]\z/ && length $line > LONGEST;
    }
    return @found;
}

# Ends with one newline.
sub end_complaints {
    my ($path, @lines) = @_;
    return @lines > 1 && $lines[-1] eq '' && $lines[-2] ne '' ? () : "$path: does not end with one newline";
}

my @c = files(qr/\.[ch]\z/, 'src', 'modules', 't');
my @scripts = (files(qr/\.(?:t|pm)\z/, 't'), files(qr/\.sh\z/, 'contrib'),
    'configure', '.ci/run', grep { -f } glob 't/run-*');
my %complaints;
for my $path (@c, @scripts) {
    my @lines = lines($path);
    my $place = $path =~ m{^((?:src|t|modules)/[^/]+)/} ? $1 : $path =~ m{^([^/]+)/} ? $1 : $path;
    push @{ $complaints{$place} }, head_complaints($path, @lines), line_complaints($path, @lines),
        end_complaints($path, @lines), $path =~ m{^src/.*\.h\z} ? guard_complaints($path, @lines) : ();
}
none("the form of the files in $_", @{ $complaints{$_} }) for sort keys %complaints;
done_testing;
