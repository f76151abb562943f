# SPDX-License-Identifier: BSD-2-Clause
# A worker that does not turn its loop any more is killed and replaced, be it awake or asleep; so is
# control.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Process;
use Weir::Proc qw(control_pid wait_successor);

Weir::Process::set_test_timeout(120);
my $t = Weir->new(plan => 6, allow_log => qr/does not turn its loop|exited on signal/, conf => <<'CONF')->start;
worker_processes 2;
stream { server { listen 127.0.0.1:%%PORT:front%%; return hello; } }
CONF
my @workers = $t->worker_pids;
my $control = control_pid($t);

kill STOP => $workers[0], $control;    # a stopped one cannot leave a core: it takes a while to kill it
my @waiting = map { $t->connect } 1 .. 20;
my $start = now();
my $wait = sub {
    my ($list, @old) = @_;
    my %was = map { $_ => 1 } @old;
    return wait_for(sub { my ($new) = grep { $_ && !$was{$_} } $list->(); $new }, 60, 'a new process');
};
my $new_control = $wait->(sub { control_pid($t) }, $control);
ok $new_control, 'control is replaced';
like $t->log, qr/\[alert\] .*control process $control does not turn its loop any more \(turn \d+\), killing it/, 'and the log says why';
my $new = $wait->(sub { $t->worker_pids }, @workers);
ok $new, 'then the worker';
note sprintf 'after %.1f s', now() - $start;
like $t->log, qr/\[alert\] .*worker process $workers[0] does not turn its loop any more \(turn \d+\), killing it/, 'and the log says why';
is join('', map { $_->recv_all } @waiting), 'hello' x 20, 'who waited is served';
my ($other) = grep { $_ != $new } $t->worker_pids;
is $other, $workers[1], 'the other worker, which had nothing to do, lives';
