# SPDX-License-Identifier: BSD-2-Clause
# When the workers cannot start, weir ends with status 1 and says why.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 4, conf => "working_directory nowhere;\n");
my ($status, undef, $err) = $t->run;

is $status, 1, 'the exit status';
like $err, qr{^weir: \[alert\] chdir\("\S+/nowhere"\) failed \(2: No such file or directory\)$}m, 'why';
like $err, qr/^weir: \[emerg\] start failed: the new processes do not serve$/m, 'and that it ends';
ok !-e $t->dir . '/weir.pid', 'no pid file';
