# SPDX-License-Identifier: BSD-2-Clause
# Reloads that are asked for while one is under way are served by one more, which sees what is in the
# file by then.
use Fcntl qw(O_WRONLY O_NONBLOCK);
use FindBin;
use lib "$FindBin::Bin/../lib";
use POSIX qw(mkfifo);
use Weir;
use Weir::Proc qw(descriptors);
use Weir::Process qw(spawn reap end_process);

my $text = "stream { server { listen 127.0.0.1:%%PORT:front%%; return TEXT; } }\n";
my $t = Weir->new(plan => 6, conf => $text =~ s/TEXT/one/r)->start;
my $master = $t->master_pid;

sub sockets { return scalar grep { /^socket/ } descriptors($master) }
my $sockets = sockets();

mkfifo($t->dir . '/fifo', 0600) or die $!;
$t->conf($text =~ s/TEXT/two/r . "include fifo;\n");
$t->signal('HUP');
my $fifo;
wait_for(sub { sysopen $fifo, $t->dir . '/fifo', O_WRONLY | O_NONBLOCK }, undef, 'a check that waits for us');
$t->conf($text =~ s/TEXT/three/r);
my @asking = map { spawn([ $t->binary, '-s', 'reload', $t->arguments ], stderr => $t->dir . '/err') } 1 .. 3;
wait_for(sub { sockets() == $sockets + 3 }, undef, 'three who ask');
$t->signal('HUP');
is $t->connect->recv_all, 'one', 'the first serves';
close $fifo;
for my $pid (@asking) {
    wait_for(sub { defined reap($pid) }, undef, 'an answer');
    is end_process($pid), 0, 'who asked gets an answer';
}
is $t->connect->recv_all, 'three', 'the last text serves';
is scalar(() = $t->log =~ /reconfiguring/g), 2, 'after two reloads';
