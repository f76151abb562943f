# SPDX-License-Identifier: BSD-2-Clause
# t/BEHAVIOUR and the tests agree: each line names a test that is there, and each black-box and each
# unit test has a line.
use strict;
use warnings;
use FindBin;
use Test::More;

chdir "$FindBin::Bin/../.." or die $!;
open my $file, '<', 't/BEHAVIOUR' or die "t/BEHAVIOUR: $!";
my (%is_shown, @without);
while (my $line = <$file>) {
    chomp $line;
    next if $line =~ /^(?:#.*)?$/;
    my ($behaviour, $path) = $line =~ /^(\S[^|]*\S) \|(?: (\S+))?$/;
    if (!defined $behaviour) { fail("line $. is of the form 'behaviour | path'"); diag $line; next }
    if (!defined $path)      { push @without, $behaviour; next }
    fail("line $.: $path is there") if !-f $path;
    $is_shown{$path} = 1;
}
ok keys %is_shown, 'behaviours have tests';
ok $is_shown{$_}, "$_ stands in t/BEHAVIOUR"
    for glob 't/{conf,process,stream,http,long}/*.t t/unit/*/*.c';
for my $behaviour (@without) {
    local our $TODO = 'no test yet';
    fail($behaviour);
}
done_testing;
