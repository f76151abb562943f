# SPDX-License-Identifier: BSD-2-Clause
package Weir::Wait;

# Waiting by condition. Nothing in the tests sleeps for a time that was guessed: it polls every
# 10 ms for what it wants, and dies with the name of the thing when that does not come.

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use Time::HiRes qw(sleep clock_gettime CLOCK_MONOTONIC);

our @EXPORT_OK = qw(now scaled wait_for);

use constant TIMEOUT => 5;
use constant STEP    => 0.01;

# Seconds of a clock that never jumps.
sub now { return clock_gettime(CLOCK_MONOTONIC) }

# A time limit for this machine and this build: WEIR_TEST_SCALE=5 gives everything five times as
# long.
sub scaled {
    my ($seconds) = @_;
    return ($seconds // TIMEOUT) * ($ENV{WEIR_TEST_SCALE} || 1);
}

# Calls $condition until it is true and returns what it returned.
sub wait_for {
    my ($condition, $seconds, $what) = @_;
    my $end = now() + scaled($seconds);

    while (1) {
        my $result = $condition->();
        return $result if $result;
        last if now() > $end;
        sleep STEP;
    }
    croak sprintf 'waited %g s in vain for %s', scaled($seconds), $what // 'a condition';
}

1;
