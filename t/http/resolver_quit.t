# SPDX-License-Identifier: BSD-2-Clause
# A request whose name is being resolved is served although weir is told to quit.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    resolver 127.0.0.1:%%PORT:dns%%;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$http_name:%%PORT:back%%; }
    }
}
CONF
my $go = $t->dir . '/go';
my $dns = Weir::DNS->start($t, 'dns', sub {
    return { answers => $_[0]{type} eq 'A' ? [ [ A => '127.0.0.1' ] ] : [], hold => $go };
});
$t->http_server('back');
$t->start;

my $client = $t->http_connect;
$client->send("GET / HTTP/1.1\r\nHost: a\r\nName: one.test\r\n\r\n");
$dns->wait_queries(2);
my ($worker) = $t->worker_pids;
$t->signal('QUIT');
wait_for(sub { $t->is_draining($worker) }, undef, 'the worker to drain');
$t->write('go', '');
is $client->response('GET')->body, 'back', 'the request is served';
is $t->wait_end, 0, 'then weir ends';
