# SPDX-License-Identifier: BSD-2-Clause
# The check of a configuration is given up after a minute; the old configuration serves all the time.
use FindBin;
use lib "$FindBin::Bin/../lib";
use POSIX qw(mkfifo);
use Weir;
use Weir::Process;

Weir::Process::set_test_timeout(120);
my $text = "stream { server { listen 127.0.0.1:%%PORT:front%%; return TEXT; } }\n";
my $t = Weir->new(plan => 4, allow_log => qr/takes too long/, conf => $text =~ s/TEXT/old/r)->start;
mkfifo($t->dir . '/fifo', 0600) or die $!;
$t->conf("include fifo;\n" . $text =~ s/TEXT/new/r);
my $start = now();
$t->signal('HUP');
wait_for(sub { $t->log =~ /takes too long; the old configuration goes on/ }, 90, 'the end of the check');
cmp_ok now() - $start, '>', 59, 'it has a minute';
is scalar(Weir::children($t->master_pid)), 2, 'the check has ended';
is $t->connect->recv_all, 'old', 'the old configuration serves';
$t->reload($text =~ s/TEXT/new/r);
is $t->connect->recv_all, 'new', 'the next reload succeeds';
