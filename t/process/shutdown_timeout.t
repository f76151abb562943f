# SPDX-License-Identifier: BSD-2-Clause
# worker_shutdown_timeout ends what still runs when it is over.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(wait_gone);

my $t = Weir->new(plan => 5, conf => <<'CONF');
worker_shutdown_timeout 700ms;
http { server { listen 127.0.0.1:%%PORT:web%%; location / { proxy_pass http://127.0.0.1:%%PORT:silent%%; } } }
stream { server { listen 127.0.0.1:%%PORT:tcp%%; proxy_pass 127.0.0.1:%%PORT:silent%%; } }
CONF
my $silent = $t->silent_server('silent');
$t->start;
my ($worker) = $t->worker_pids;
my ($session, $request) = ($t->connect('tcp'), $t->http_connect('web'));
$request->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
wait_for(sub { $silent->accepts == 2 }, undef, 'both');
my $start = now();
$t->reload;
ok !$session->has_news(0.3), 'the session goes on';
ok $session->is_closed, 'and is closed';
ok $request->is_closed, 'as is the request';
cmp_ok now() - $start, '>', 0.6, 'when the time is over';
ok wait_gone($worker), 'and the worker ends';
