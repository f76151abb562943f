# SPDX-License-Identifier: BSD-2-Clause
# A worker that the master ends, since it does not turn its loop any more, writes to the log where in the
# program it is; so does control. Another takes its place.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(control_pid wait_successor);

my $t = Weir->new(plan => 5, allow_log => qr/told to abort|\d: in \S+\+0x|exited on signal 6/, conf => <<'CONF')->start;
worker_rlimit_core 0;
stream { server { listen 127.0.0.1:%%PORT:front%%; return hello; } }
CONF
my ($worker) = $t->worker_pids;
$t->signal('ABRT', $worker);    # as the master does
wait_successor(sub { $t->worker_pids }, $worker);
like $t->log, qr/\[alert\] $worker#$worker: told to abort by process $$\n/, 'who told it';
like $t->log, qr{\[alert\] $worker#$worker: in \S*weir\+0x[0-9a-f]+ \n}, 'where in the program it was';
like $t->log, qr/\[alert\] $worker#$worker: in \S+libc\S*\+0x[0-9a-f]+ .*\[alert\] .*worker process $worker exited on signal 6/s, 'where it waited; then it ended';
is $t->connect->recv_all, 'hello', 'its successor serves';
my $control = control_pid($t);
$t->signal('ABRT', $control);
$t->wait_log(qr/\[alert\] $control#$control: in .*control process $control exited on signal 6/s);
pass 'control does the same';
