# SPDX-License-Identifier: BSD-2-Clause
# The program is linked so that exploits have a hard time: position-independent, relocations read-only
# and resolved at start, a guarded stack that holds no code.
use strict;
use warnings;
use Test::More;
use FindBin;

chdir "$FindBin::Bin/../.." or die $!;
if (!-f 'src/weir.c') {
    pass 'there is no program yet';
    done_testing;
    exit;
}

my $program = $ENV{WEIR_BINARY} // 'build/weir';
open my $pipe, '-|', 'readelf', '-W', '-h', '-l', '-d', '--dyn-syms', $program or die "readelf: $!\n";
my $elf = do { local $/; <$pipe> };
close $pipe or die "readelf failed\n";

ok $elf =~ /^\s+Type:\s+DYN/m, 'position-independent';
ok $elf =~ /^\s+GNU_RELRO\s/m, 'relocations become read-only';
ok $elf =~ /\bBIND_NOW\b|Flags:.*\bNOW\b/, 'all of them, at start';
ok $elf =~ /^\s+GNU_STACK\s.*\sRW\s/m, 'no code on the stack';
ok $elf =~ /\b__stack_chk_fail\b/, 'guarded stack frames';
ok $elf =~ /\b__\w+_chk\b(?<!__stack_chk)/ || $elf =~ /\b__asan_init\b/, 'checked library calls, or sanitizers';
done_testing;
