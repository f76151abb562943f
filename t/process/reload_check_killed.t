# SPDX-License-Identifier: BSD-2-Clause
# When the master's check of a configuration hangs or crashes, nothing changes; the old one serves
# meanwhile.
use FindBin;
use lib "$FindBin::Bin/../lib";
use POSIX qw(mkfifo);
use Weir;
use Weir::Process qw(spawn reap end_process);

my $text = "stream { server { listen 127.0.0.1:%%PORT:front%%; return TEXT; } }\n";
my $t = Weir->new(plan => 5, allow_log => qr/check of the configuration/, conf => $text =~ s/TEXT/old/r)->start;
my @workers = $t->worker_pids;

mkfifo($t->dir . '/fifo', 0600) or die $!;
$t->conf("include fifo;\n" . $text =~ s/TEXT/new/r);
my $pid = spawn([ $t->binary, '-s', 'reload', $t->arguments ], stderr => $t->dir . '/reload.err');
open my $fifo, '>', $t->dir . '/fifo' or die $!;    # -s reads it first, and finds nothing wrong
close $fifo;
my ($checker) = @{ wait_for(sub {
    my @found = grep { Weir::command_line($_) =~ /configuration check/ } Weir::children($t->master_pid);
    return @found && \@found;
}, undef, 'the check') };
is $t->connect->recv_all, 'old', 'while it hangs, the old configuration serves';
kill KILL => $checker;
wait_for(sub { defined reap($pid) }, undef, 'the answer');
is end_process($pid) >> 8, 1, '-s reload exits 1';
like $t->read('reload.err'), qr/^weir: \[emerg\] reload failed: the check of the configuration crashed; the old/m, 'why';
is_deeply [ $t->worker_pids ], \@workers, 'the workers are the same';
$t->reload($text =~ s/TEXT/new/r);
is $t->connect->recv_all, 'new', 'the next reload succeeds';
