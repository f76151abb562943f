# SPDX-License-Identifier: BSD-2-Clause
# After a reload the new DNS server is asked; requests that wait for the old one are served yet.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $conf = <<'CONF';
http {
    resolver 127.0.0.1:%%PORT:SERVER%% ipv6=off;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$http_name:%%PORT:back%%; }
    }
}
CONF
my $t = Weir->new(conf => $conf =~ s/SERVER/old/r, plan => 4);
my $go = $t->dir . '/go';
my $old = Weir::DNS->start($t, 'old', sub { return { answers => [ [ A => '127.0.0.1' ] ], hold => $go } });
my $new = Weir::DNS->start($t, 'new', sub { return { answers => [ [ A => '127.0.0.2' ] ] } });
$t->http_server('127.0.0.1:back', sub { [ 200, [], 'one' ] });
$t->http_server('127.0.0.2:back', sub { [ 200, [], 'two' ] });
$t->start;

my $client = $t->http_connect;
$client->send("GET / HTTP/1.1\r\nHost: a\r\nName: one.test\r\n\r\n");
$old->wait_queries(1);
$t->reload($conf =~ s/SERVER/new/r);
is $t->http_get('/', headers => { Name => 'one.test' })->body, 'two', 'the new server is asked';
$t->write('go', '');
is $client->response('GET')->body, 'one', 'the old one is still listened to';
is $old->queries, 1, 'it was asked once';
is $new->queries, 1, 'and so was the new one';
