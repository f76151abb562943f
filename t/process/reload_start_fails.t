# SPDX-License-Identifier: BSD-2-Clause
# When the new workers cannot start, nothing is lost: nobody was connected to them, none of their
# sockets had listened.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Load;
use Weir::Proc qw(descriptors);

my $text = "stream { server { listen 127.0.0.1:%%PORT:front%%; proxy_pass 127.0.0.1:%%PORT:echo%%; } }\n";
my $t = Weir->new(plan => 9, conf => $text, allow_log => qr/chdir\(\)|nowhere|exited (?:with code 2|on signal 9)|its start|reload failed/);
my $echo = Weir::Load::start_echo('127.0.0.1', $t->port('echo'));
$t->start;
my $hammer = Weir::Load::start_hammer('127.0.0.1', $t->port('front'));
$hammer->wait_sessions(100);

$t->conf("worker_processes 4;\nworking_directory nowhere;\n$text");
for (1 .. 3) {
    my ($status, undef, $err) = $t->run('-s', 'reload');
    is $status, 1, '-s reload exits 1';
    like $err, qr/reload failed: the new processes do not serve; the old configuration goes on/, 'why';
}
$hammer->wait_sessions(100);
my $result = $hammer->stop;
is_deeply $result->{failed}, {}, "none of $result->{sessions} sessions failed";
$t->reload("worker_processes 4;\n$text");
is scalar(grep { !$t->is_draining($_) } $t->worker_pids), 4, 'the next reload succeeds';
wait_for(sub { my @workers = $t->worker_pids; @workers == 4 }, undef, 'the end of the old one');
my $sockets = 4 + 5 + 1;
ok wait_for(sub { $sockets == grep { /socket/ } descriptors($t->master_pid) }, undef, "$sockets sockets"),
    'with four sockets, five channels and the one for commands';
