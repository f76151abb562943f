# SPDX-License-Identifier: BSD-2-Clause
# The body of a request whose name is being resolved waits and arrives whole.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    resolver 127.0.0.1:%%PORT:dns%%;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        proxy_request_buffering off;
        location / { proxy_pass http://$http_name:%%PORT:back%%; }
    }
}
CONF
my $go = $t->dir . '/go';
my $dns = Weir::DNS->start($t, 'dns', sub {
    return { answers => $_[0]{type} eq 'A' ? [ [ A => '127.0.0.1' ] ] : [], hold => $go };
});
my $back = $t->http_server('back', sub { [ 200, [], $_[0]{body} ] });
$t->start;

my $body = bytes(200_000);
my $client = $t->http_connect;
$client->send("POST / HTTP/1.1\r\nHost: a\r\nName: one.test\r\nContent-Length: 200000\r\n\r\n"
    . substr $body, 0, 50_000);
$dns->wait_queries(2);
$t->write('go', '');
$client->send(substr $body, 50_000);
my $response = $client->response('POST');
is $response->status, 200, 'the request is served';
ok $response->body eq $body, 'with its whole body';
is $back->requests, 1, 'once';
