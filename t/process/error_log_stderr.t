# SPDX-License-Identifier: BSD-2-Clause
# With error_log stderr in the foreground each line is there once.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 2, conf => "stream { server { listen 127.0.0.1:%%PORT:front%%; return first; } }\n")->start;
my $other = Weir->new(conf => "error_log stderr;\nstream { server { listen 127.0.0.1:" . $t->port('front')
    . "; return second; } }\n");
my ($status, undef, $err) = $other->run;
is $status, 1, 'a port in use';
my @lines = grep { /\[emerg\].* failed \(98: / } split /\n/, $err;
is scalar @lines, 1, 'is said once' or diag $err;
