# SPDX-License-Identifier: BSD-2-Clause
# A DNS server that is not there yet is asked again: the request waits.
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
$t->http_server('back');
$t->start;

my $client = $t->http_connect;
$client->send("GET / HTTP/1.1\r\nHost: a\r\nName: one.test\r\n\r\n");
$t->wait_log(qr/DNS server cannot be reached while resolving "one\.test"/);
my $dns = Weir::DNS->start($t, 'dns', sub {
    return { answers => $_[0]{type} eq 'A' ? [ [ A => '127.0.0.1' ] ] : [] };
});
is $client->response('GET')->body, 'back', 'the request is served once the server is there';
is $dns->queries, 2, 'which was asked';
ok $t->wait_log(qr/\[notice\] .* DNS server answers again, resolver: /), 'as the log says';
