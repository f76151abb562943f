# SPDX-License-Identifier: BSD-2-Clause
# A worker that dies again and again is started again and again, but ever less often; when it stays
# alive all is as before.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Process qw(is_running);
use Weir::Proc qw(wait_successor);

my $t = Weir->new(plan => 6, allow_log => qr/exited on signal 9/, conf => <<'CONF')->start;
worker_processes 1;
stream { server { listen 127.0.0.1:%%PORT:front%%; return hello; } }
CONF
my ($worker) = $t->worker_pids;
my (%seen, @pauses);
for my $round (1 .. 6) {
    kill KILL => $worker;
    $seen{$worker} = 1;
    ($worker, my $seconds) = wait_successor(sub { $t->worker_pids }, keys %seen);
    push @pauses, $seconds;
}
note "pauses: @pauses";
cmp_ok $pauses[0], '<', scaled(0.2), 'the first is replaced at once';
cmp_ok $pauses[1], '<', scaled(0.2), 'the second hardly later';
is scalar(grep { $pauses[$_] < $pauses[$_ - 1] } 2 .. 5), 0, 'each later one waits longer';
cmp_ok $pauses[5], '>', 1, 'the sixth over a second';
cmp_ok $pauses[5], '<', 5, 'but it comes';
is $t->connect->recv_all, 'hello', 'and serves';
