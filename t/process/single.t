# SPDX-License-Identifier: BSD-2-Clause
# master_process off: one process serves http and stream, and ends on QUIT when its sessions have.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 8, conf => <<'CONF');
master_process off;
worker_processes 4;
http {
    server { listen 127.0.0.1:%%PORT:web%%; access_log access.log; location / { return 200 "web\n"; } }
}
stream { server { listen 127.0.0.1:%%PORT:tcp%%; proxy_pass 127.0.0.1:%%PORT:echo%%; } }
CONF
$t->echo_server('echo');
$t->start;
is_deeply [ Weir::children($t->master_pid) ], [], 'it has no children';
is $t->http_get('/')->body, "web\n", 'http';
my $c = $t->connect('tcp');
$c->send("a\n");
is $c->recv_line, 'a', 'stream';
rename $t->dir . '/access.log', $t->dir . '/access.old';
$t->signal('USR1');
wait_for(sub { -e $t->dir . '/access.log' }, undef, 'a new log');
my $idle = $t->http_connect('web');
is $idle->get('/')->status, 200, 'an idle connection';
$t->signal('QUIT');
ok $idle->is_closed, 'QUIT closes it';
$c->send("b\n");
is $c->recv_line, 'b', 'and lets the session go on';
$c->close;
is $t->wait_end, 0, 'with it the process ends';
like $t->read('access.log'), qr/GET/, 'the new log has the last line';
