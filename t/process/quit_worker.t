# SPDX-License-Identifier: BSD-2-Clause
# A worker that somebody sends QUIT to drains, and another has its place at once; TERM ends it at once.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(wait_successor wait_gone);

my $t = Weir->new(plan => 6, conf => <<'CONF');
stream {
    server { listen 127.0.0.1:%%PORT:tcp%%; proxy_pass 127.0.0.1:%%PORT:echo%%; }
    server { listen 127.0.0.1:%%PORT:pid%%; return $pid; }
}
CONF
$t->echo_server('echo');
$t->start;
my $c = $t->connect('tcp');
$c->send("a\n");
is $c->recv_line, 'a', 'a session';
my ($worker) = $t->worker_pids;
$t->signal('QUIT', $worker);
my ($new) = wait_successor(sub { $t->worker_pids }, $worker);
is $t->connect('pid')->recv_all, $new, 'the successor serves';
$c->send("b\n");
is $c->recv_line, 'b', 'the session goes on';
$c->close;
ok wait_gone($worker), 'with it the worker ends';
$t->signal('TERM', $new);
my ($third) = wait_successor(sub { $t->worker_pids }, $worker, $new);
is $t->connect('pid')->recv_all, $third, 'after TERM, too, another serves';
is scalar(() = $t->log =~ /start worker process/g), 3, 'there were three in all';
