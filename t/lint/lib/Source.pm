# SPDX-License-Identifier: BSD-2-Clause
package Source;

# For the lints: the files of the tree and what stands in them.

use strict;
use warnings;
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Find qw(find);

our @EXPORT_OK = qw(files lines code includes none);

chdir dirname(__FILE__) . '/../../..' or die "the top of the tree: $!\n";

# The files below these folders whose names match, sorted; paths start at the top of the tree.
sub files {
    my ($pattern, @folders) = @_;
    my @found;
    find({ no_chdir => 1, wanted => sub { push @found, $_ if /$pattern/ && -f } }, grep { -d } @folders);
    return sort @found;
}

sub text {
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    local $/;
    return scalar <$file>;
}

# The lines of a file, without their ends.
sub lines { return split /\n/, text($_[0]), -1 }

# The lines of a C file with comments and what stands in literals blanked out.
sub code {
    my ($path) = @_;
    my $text = text($path);
    $text =~ s{(/\*.*?\*/|//[^\n]*)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')}
              {defined $1 ? $1 =~ s/[^\n]//gr : substr($2, 0, 1) . substr($2, 0, 1)}gse;
    return split /\n/, $text, -1;
}

# What a C file includes: [line, name, is it in <>].
sub includes {
    my ($path) = @_;
    my ($number, @found) = (0);
    for my $line (lines($path)) {
        $number++;
        push @found, [ $number, $2, $1 eq '<' ] if $line =~ /^\s*#\s*include\s*([<"])([^>"]+)[>"]/;
    }
    return @found;
}

# A test point: passes when there are no complaints; shows them.
sub none {
    my ($what, @complaints) = @_;
    Test::More::ok(!@complaints, $what);
    Test::More::diag("    $_") for @complaints;
    return;
}

1;
