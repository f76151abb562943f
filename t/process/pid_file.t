# SPDX-License-Identifier: BSD-2-Clause
# The pid file appears once every socket listens, follows the configuration, and goes at the end.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Time::HiRes qw(sleep);

my $t = Weir->new(plan => 7, conf => <<'CONF');
pid first.pid;
worker_processes 4;
stream { server { listen 127.0.0.1:%%PORT:first%%; listen 127.0.0.1:%%PORT:last%%; return hello; } }
CONF
my $pid = Weir::Process::spawn([ $t->binary, $t->arguments ]);
my $path = $t->dir . '/first.pid';
sleep 0.001 until -e $path;
is $t->connect_error('last'), '', 'once it is there, one can connect';
is $t->read('first.pid'), "$pid\n", 'it holds the number of the master';

$t->conf($t->read('weir.conf') =~ s/first\.pid/second.pid/r);
$t->signal(HUP => $pid);
wait_for(sub { $t->read('second.pid') eq "$pid\n" }, undef, 'the new file');
wait_for(sub { !-e $path }, undef, 'the end of the old one');
pass 'a reload moves it';

kill QUIT => $pid;
wait_for(sub { defined Weir::Process::reap($pid) }, undef, 'the end');
ok !-e $t->dir . '/second.pid', 'QUIT removes it';
is join(' ', glob $t->dir . '/*.sock'), '', 'and the socket beside it';

$t->conf("pid no/such/folder;\n");
my ($status, undef, $err) = $t->run;
is $status, 1, 'where it cannot be written, weir does not start';
like $err, qr{^weir: \[emerg\] open\(\) "\S+/no/such/folder\.new" failed \(2: }m, 'and says why';
