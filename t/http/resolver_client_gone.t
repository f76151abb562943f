# SPDX-License-Identifier: BSD-2-Clause
# A client that leaves while its name is resolved is let go; the answer serves others.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    log_format how "$status $upstream_addr";
    access_log %%DIR%%/how.log how;
    resolver 127.0.0.1:%%PORT:dns%%;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$http_name:%%PORT:back%%; }
    }
}
CONF
my $go = $t->dir . '/go';
my $dns = Weir::DNS->start($t, 'dns', sub {
    return { answers => $_[0]{type} eq 'A' ? [ [ A => '127.0.0.1', 60 ] ] : [], hold => $go };
});
my $back = $t->http_server('back');
$t->start;

my @clients = map { $t->http_connect } 1 .. 3;
$_->send("GET / HTTP/1.1\r\nHost: a\r\nName: one.test\r\n\r\n") for @clients;
$dns->wait_queries(2);
$clients[0]->close;
$clients[2]->reset;
is +($t->wait_lines('how.log', 2))[$_], '499 -', 'who leaves is let go at once' for 0, 1;
$t->write('go', '');
is $clients[1]->response('GET')->body, 'back', 'who stays is served';
is $back->requests, 1, 'and no request was made for the others';
is $t->http_get('/', headers => { Name => 'one.test' })->body, 'back', 'the next one';
is $dns->queries, 2, 'finds the answer there';
