# SPDX-License-Identifier: BSD-2-Clause
# A configuration with errors does not start: they are on stderr and in the log, the status is 1.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 5, conf => "worker_proceses 2;\n");
my ($status, $out, $err) = $t->run;

is $status, 1, 'the exit status';
like $err, qr/\Aweir: \[emerg\] unknown directive "worker_proceses" in \S+:1\n/, 'on stderr';
is $out, '', 'nothing on stdout';
like $t->log, qr/^\S+ \S+ \[emerg\] \d+#\d+: unknown directive "worker_proceses" in \S+:1$/m, 'in the log of -e';
ok !-e $t->dir . '/weir.pid', 'no pid file';
