# SPDX-License-Identifier: BSD-2-Clause
# However many listeners leave at once, who waits in any of them is served.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use constant COUNT => 5000;

# Each needs a descriptor of the master.
if ((`ulimit -n;` || 0) < 2 * COUNT && !$ENV{WEIR_HAS_DESCRIPTORS}++) {
    exec 'sh', '-c', 'ulimit -n ' . 2 * COUNT . '; exec "$@"', '-', $^X, $0;
}
plan skip_all => 'no descriptors' if `ulimit -n;` < 2 * COUNT;

my $t = Weir->new(plan => 4);
my @names = map { "listener-$_-" . 'x' x 20 . '.sock' } 1 .. COUNT;
my $one = 'server { listen 127.0.0.1:%%PORT:stays%%; return stays; }';
my $many = join '', map { "listen unix:%%DIR%%/$_;\n" } @names;
$t->conf("stream { $one server { $many return goes; } }");
$t->start;

my ($old) = $t->worker_pids;
kill STOP => $old;
my @waiting = map { $t->connect("unix:$names[$_]") } 0, COUNT / 2, COUNT - 1;
$t->conf("stream { $one }");
is +($t->run('-s', 'reload'))[0], 0, 'the listeners are taken out';
kill CONT => $old;
is join(' ', map { $_->recv_all } @waiting), 'goes goes goes', 'who waited is served';
wait_for(sub { my @workers = $t->worker_pids; @workers == 1 }, undef, 'the end of the old worker');
is $t->connect('stays')->recv_all, 'stays', 'the other one stays';
is scalar(grep { -e $t->dir . "/$_" } @names), 0, 'no file is left';
