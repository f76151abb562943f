# SPDX-License-Identifier: BSD-2-Clause
# With master_process off, too, weir does not start where the pid file cannot be written; who started a
# daemon learns it.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 4, conf => '');
for my $daemon (qw(off on)) {
    $t->conf("pid no/such/folder;\nmaster_process off;\ndaemon $daemon;\n");
    my ($status, undef, $err) = $t->run;
    is $status, 1, "daemon $daemon: status 1";
    like $err, qr{^weir: \[emerg\] open\(\) "\S+/no/such/folder\.new" failed \(2: }m, 'and why';
}
