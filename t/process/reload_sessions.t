# SPDX-License-Identifier: BSD-2-Clause
# TCP sessions outlive reloads in the worker that has them, which ends after the last of them.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Process qw(is_running);
use Weir::Proc qw(wait_gone);

my $t = Weir->new(plan => 8, conf => <<'CONF');
stream { server { listen 127.0.0.1:%%PORT:front%%; proxy_pass 127.0.0.1:%%PORT:echo%%; } }
CONF
$t->echo_server('echo');
$t->start;
my (@sessions, @workers);
for my $round (1 .. 3) {
    push @workers, grep { !$t->is_draining($_) } $t->worker_pids;
    push @sessions, $t->connect;
    $sessions[-1]->send("$round\n");
    is $sessions[-1]->recv_line, $round, "session $round";
    $t->reload;
}
$_->send("more\n") for @sessions;
is join(' ', map { $_->recv_line } @sessions), 'more more more', 'all go on';
is scalar(grep { is_running($_) } @workers), 3, 'each in its worker';
while (my $session = shift @sessions) {
    $session->close;
    ok wait_gone(shift @workers), 'the worker ends with its session';
}
