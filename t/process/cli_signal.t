# SPDX-License-Identifier: BSD-2-Clause
# -s sends a signal to the process of the pid file: stop, quit, reopen.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 7, conf => "worker_processes 1;\n");

my ($status, undef, $err) = $t->run('-s', 'quit');
is $status, 1, 'without a pid file';
like $err, qr{\Aweir: \[error\] open\(\) "\S+/weir\.pid" failed \(2: No such file or directory\)\n\z}, 'why';

$t->start;
my $path = $t->dir . '/error.log';
rename $path, "$path.1";
is +($t->run('-s', 'reopen'))[0], 0, 'reopen';
wait_for(sub { -e $path }, undef, 'a new log');
is +($t->run('-s', 'quit'))[0], 0, 'quit';
is $t->wait_end, 0, 'it ends well';
$t->start;
is +($t->run('-s', 'stop'))[0], 0, 'stop';
is $t->wait_end, 0, 'it ends well';
