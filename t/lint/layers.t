# SPDX-License-Identifier: BSD-2-Clause
# Includes go the way src/LAYERS says: never upward, in no circle, and to no other module.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Source qw(files lines includes none);
use Test::More;

# place => { name => 1 }, from src/LAYERS; and the complaints about that file itself.
sub read_layers {
    my (%may, @complaints);
    my $number = 0;
    for my $line (lines('src/LAYERS')) {
        $number++;
        next if $line =~ /^\s*(?:#|$)/;
        my ($place, $names) = $line =~ /^([\w.\/]+):\s*(.*?)\s*$/;
        if (!defined $place) { push @complaints, "line $number is not of the form \"place: names\""; next }
        for my $name (split ' ', $names) {
            push @complaints, "line $number: $name does not stand above $place" if $name ne '*' && !$may{$name};
        }
        $may{$place} = { map { $_ => 1 } split ' ', $names };
    }
    push @complaints, 'http and stream include each other' if $may{http}{stream} || $may{stream}{http};
    return (\%may, @complaints);
}

# Where a file belongs: its floor, modules/FAMILY, or the program, whose files stand in src/ itself.
sub place_of {
    my ($path) = @_;
    return $path =~ m{^src/(\w+)/} || $path =~ m{^(modules/\w+)/} ? $1 : 'program';
}

# What is wrong with one include; nothing when all is well.
sub complaint {
    my ($may, $path, $name) = @_;
    my $place = place_of($path);
    my ($floor) = $name =~ m{^(.*)/[^/]*$};

    return if $name eq 'config.h' || $name eq 'version.h';
    return 'is not there' if !-f "src/$name" && !-f $name;
    return $place eq 'program' ? () : 'belongs to the program' if !defined $floor;
    return 'is another module' if $floor =~ /^modules\b/;
    return "is private to $floor" if $name =~ /_priv\.h$/ && $floor ne $place;
    return if $floor eq $place || $may->{$place}{'*'} || $may->{$place}{$floor};
    return "is not among what src/LAYERS allows $place";
}

# One circle of headers that leads through the given one, or nothing.
my (%next, %is_done);
sub circle {
    my ($header, @way) = @_;
    return if $is_done{$header};
    for my $i (0 .. $#way) {
        return join ' > ', @way[ $i .. $#way ], $header if $way[$i] eq $header;
    }
    for my $other (@{ $next{$header} // [] }) {
        my $found = circle($other, @way, $header);
        return $found if $found;
    }
    $is_done{$header} = 1;
    return;
}

my ($may, @wrong) = read_layers();
my %in_place;
for my $path (files(qr/\.[ch]\z/, 'src', 'modules')) {
    my $place = place_of($path);
    my @own = grep { !$_->[2] } includes($path);

    push @{ $in_place{$place} }, map {
        my $complaint = complaint($may, $path, $_->[1]);
        $complaint ? "$path:$_->[0]: \"$_->[1]\" $complaint" : ();
    } @own;
    $in_place{$place} //= [];
    $next{ $path =~ s{^src/}{}r } = [ map { $_->[1] } @own ] if $path =~ /\.h\z/;
}

none('src/LAYERS is in order', @wrong);
none("$_ stands in src/LAYERS", $may->{$_} ? () : 'it does not') for sort keys %in_place;
none("$_ includes what it may", @{ $in_place{$_} }) for sort keys %in_place;
none('no circle among the headers', map { circle($_) // () } sort keys %next);
done_testing;
