# SPDX-License-Identifier: BSD-2-Clause
# When control is killed nothing fails, and another has its place at once.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Load;
use Weir::Proc qw(control_pid wait_successor);

my $t = Weir->new(plan => 6, allow_log => qr/exited on signal 9/, conf => <<'CONF');
worker_processes 2;
http { server { listen 127.0.0.1:%%PORT:web%%; location / { return 200 hello; } } }
stream { server { listen 127.0.0.1:%%PORT:tcp%%; proxy_pass 127.0.0.1:%%PORT:echo%%; } }
CONF
my $echo = Weir::Load::start_echo('127.0.0.1', $t->port('echo'));
$t->start;
my $wrk = Weir::Load::start_wrk('http://127.0.0.1:' . $t->port('web') . '/', seconds => 2);
my $hammer = Weir::Load::start_hammer('127.0.0.1', $t->port('tcp'));
$hammer->wait_sessions(100);
my $old = control_pid($t);
my @workers = $t->worker_pids;
$t->signal('KILL', $old);
my ($new, $seconds) = wait_successor(sub { control_pid($t) }, $old);
cmp_ok $seconds, '<', scaled(0.2), 'another is there within 200 ms';
$hammer->wait_sessions(100);
is_deeply $hammer->stop->{failed}, {}, 'no session failed';
$wrk->wait;
is $wrk->{errors} + $wrk->{non_2xx}, 0, 'no request failed';
is_deeply [ $t->worker_pids ], \@workers, 'the workers are the same';
like $t->log, qr/\[alert\] .*control process $old exited on signal 9/, 'the log says so';
$t->reload;
is scalar(grep { !$t->is_draining($_) } $t->worker_pids), 2, 'a reload goes as ever';
