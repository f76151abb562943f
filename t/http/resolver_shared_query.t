# SPDX-License-Identifier: BSD-2-Clause
# However many requests wait for a name, it is asked for once, and the answer is for all of them.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 3);
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
    return { answers => $_[0]{type} eq 'A' ? [ [ A => '127.0.0.1', 0 ] ] : [], hold => $go };
});
$t->http_server('back');
$t->start;

my @clients = map { $t->http_connect } 1 .. 50;
$_->send("GET / HTTP/1.1\r\nHost: a\r\nName: one.test\r\n\r\n") for @clients;
$dns->wait_queries(2);
is $t->http_get('/', headers => { Name => '127.0.0.1' })->body, 'back', 'others are served meanwhile';
$t->write('go', '');
is scalar(grep { $_->response('GET')->body eq 'back' } @clients), 50, 'all 50 are served';
is $dns->queries, 2, 'by one question for each family';
