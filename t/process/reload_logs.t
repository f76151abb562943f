# SPDX-License-Identifier: BSD-2-Clause
# A log that leaves the configuration is closed by all processes, and USR1 does not make its file anew.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(descriptors);

my $text = <<'CONF';
worker_processes 2;
error_log %%DIR%%/error.log notice;
stream {
    log_format port "$remote_port";
    server { listen 127.0.0.1:%%PORT:held%%; proxy_pass 127.0.0.1:%%PORT:echo%%; access_log LOG port; }
}
CONF
my $t = Weir->new(plan => 9, conf => $text =~ s/LOG/old.log/r);
$t->echo_server('echo');
$t->start;
my @logs = map { $t->dir . "/$_.log" } qw(old new error);
my $held = $t->connect('held');
$held->send("a\n");
$held->recv_line;
my @old_workers = $t->worker_pids;

sub opened {
    my ($log, @pids) = @_;
    return scalar grep { /\Q$log\E/ } map { descriptors($_) } @pids;
}

$t->reload($text =~ s/LOG/new.log/r);
my @workers = grep { my $pid = $_; !grep { $_ == $pid } @old_workers } $t->worker_pids;
is opened('/old.log', @workers), 0, 'the new workers have not kept it open';
is opened('/old.log', $t->master_pid), 1, 'the master has, for the old one that still writes there';

unlink @logs or die $!;
$t->signal('USR1');
wait_for(sub { !grep { !-e } @logs }, undef, 'new files, that of the old generation among them');
$held->close;
is scalar($t->wait_lines('old.log', 1)), 1, 'to which its line goes';
wait_for(sub { my @all = Weir::children($t->master_pid); @all == 3 }, undef, 'the end of the old processes');
wait_for(sub { !opened('/old.log', $t->master_pid) }, undef, 'its end in the master');
pass 'then nobody has it open';

unlink @logs or die $!;
$t->signal('USR1');
wait_for(sub { -e $logs[1] && -e $logs[2] }, undef, 'new files');
ok !-e $logs[0], 'now USR1 makes it no more';

my @before = map { scalar(() = descriptors($_)) } $t->master_pid, sort $t->worker_pids;
for my $number (1 .. 20) {
    $t->reload($text =~ s/LOG/log-$number.log/r);
}
wait_for(sub { my @all = Weir::children($t->master_pid); @all == 3 }, undef, 'the end of the old processes');
my @after = map { scalar(() = descriptors($_)) } $t->master_pid, sort $t->worker_pids;
is $after[$_], $before[$_], "descriptors of process $_ after 20 reloads with ever new names" for 0 .. 2;
is opened('/log-19.log', $t->master_pid, $t->worker_pids), 0, 'the last but one is gone everywhere';
