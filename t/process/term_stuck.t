# SPDX-License-Identifier: BSD-2-Clause
# TERM does not wait for a worker that does not hear.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 3, conf => "worker_processes 2;\n")->start;
my ($worker) = $t->worker_pids;
kill STOP => $worker;
my $start = now();
$t->signal('TERM');
is $t->wait_end, 0, 'weir ends well';
cmp_ok now() - $start, '<', scaled(2), 'in a second';
like $t->log, qr/worker process $worker exited on signal 9/, 'the worker was killed';
