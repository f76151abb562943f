# SPDX-License-Identifier: BSD-2-Clause
# TERM and INT end weir at once, whatever is under way.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 8, conf => <<'CONF');
worker_processes 2;
stream { server { listen 127.0.0.1:%%PORT:front%%; proxy_pass 127.0.0.1:%%PORT:echo%%; } }
CONF
$t->echo_server('echo');
for my $signal (qw(TERM INT)) {
    $t->start;
    my $c = $t->connect;
    $c->send("a\n");
    $c->recv_line;
    my $start = now();
    $t->signal($signal);
    is $t->wait_end, 0, "$signal ends it well";
    cmp_ok now() - $start, '<', scaled(0.5), 'at once';
    ok $c->is_closed, 'the session is closed';
    ok !-e $t->dir . '/weir.pid', 'no pid file is left';
}
