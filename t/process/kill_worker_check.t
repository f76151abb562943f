# SPDX-License-Identifier: BSD-2-Clause
# A worker that is replaced while a configuration is checked holds nothing of the check.
use FindBin;
use lib "$FindBin::Bin/../lib";
use POSIX qw(mkfifo);
use Weir;
use Weir::Proc qw(descriptors wait_successor);

my $text = "stream { server { listen 127.0.0.1:%%PORT:front%%; return hello; } }\n";
my $t = Weir->new(plan => 2, allow_log => qr/exited on signal 9/, conf => $text)->start;
my ($worker) = $t->worker_pids;
my @before = descriptors($worker);
mkfifo($t->dir . '/fifo', 0600) or die $!;
$t->conf("include fifo;\n$text");
$t->signal('HUP');
wait_for(sub { grep { Weir::command_line($_) =~ /configuration check/ } Weir::children($t->master_pid) }, undef, 'the check');
kill KILL => $worker;
my ($new) = wait_successor(sub { $t->worker_pids }, $worker);
is $t->connect->recv_all, 'hello', 'it serves';
is_deeply [ descriptors($new) ], \@before, 'with the descriptors of the one before';
open my $fifo, '>', $t->dir . '/fifo' or die $!;    # the check ends, and finds nothing wrong
close $fifo;
wait_for(sub { $t->is_draining($new) }, undef, 'the end of the reload');
