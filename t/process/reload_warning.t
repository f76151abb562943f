# SPDX-License-Identifier: BSD-2-Clause
# Warnings of a configuration that is taken are shown by -s reload, which exits 0.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 3, conf => "worker_processes 1;\n")->start;
$t->conf("lock_file x;\n");
my ($status, undef, $err) = $t->run('-s', 'reload');
is $status, 0, 'the status';
like $err, qr/\[warn\] .*lock_file/, 'the warning of the master';
like $t->log, qr/\[warn\] .*lock_file/, 'it is in the log, too';
