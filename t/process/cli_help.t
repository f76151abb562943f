# SPDX-License-Identifier: BSD-2-Clause
# -h and -? explain the options.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 6, conf => '');

for my $option (qw(-h -? --help)) {
    my ($status, $out, $err) = $t->run_bare($option);
    is $status, 0, $option;
    my @named = grep { $err =~ /^  -\Q$_\E\b/m } qw(v V t T q s p e c g);
    is "@named", 'v V t T q s p e c g', 'every option is explained';
}
