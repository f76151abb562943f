# SPDX-License-Identifier: BSD-2-Clause
# daemon on: whoever calls gets his prompt back when weir serves; it keeps nothing of his terminal.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(keep_daemon wait_gone);

my $t = Weir->new(plan => 8, conf => <<'CONF');
daemon on;
stream { server { listen 127.0.0.1:%%PORT:front%%; return hello; } }
CONF
my ($status, $out, $err) = $t->run;
my $master = $t->master_pid;
keep_daemon($t);
is $status, 0, 'the call ends well';
is "$out$err", '', 'without a word';
is $t->connect->recv_all, 'hello', 'and weir serves';
my (undef, undef, undef, undef, $group, $session) = split / /, slurp("/proc/$master/stat") =~ s/ \(.*\) / x /r;
is "$session $group", "$master $master", 'the master leads a session of its own';
for my $pid ($master, $t->worker_pids) {
    my @files = map { readlink "/proc/$pid/fd/$_" } 0 .. 2;
    is "@files", '/dev/null /dev/null /dev/null', "standard files of $pid";
}
$t->signal('QUIT');
wait_gone($master);
$t->conf("daemon on;\npid no/such/folder;\n");
($status, undef, $err) = $t->run;
is $status, 1, 'when it does not come up, the status says so';
like $err, qr/^weir: \[emerg\] open\(\) .* failed/, 'and stderr why';
