# SPDX-License-Identifier: BSD-2-Clause
# Connections to servers are kept without being asked for, and speak HTTP/1.1.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    upstream back { server 127.0.0.1:%%PORT:back%%; }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://back; }
        location /10 { proxy_pass http://back; proxy_http_version 1.0; }
    }
}
CONF
my $back = $t->http_server('back', sub {
    my ($request) = @_;
    return [ 200, [], join ' ', $request->version, $request->header('Connection') // '-' ];
});
$t->start;

is $t->http_get('/')->body, 'HTTP/1.1 -', 'the request to the server';
$t->http_get('/') for 1 .. 20;
is $back->requests, 21, 'requests';
is $back->accepts, 1, 'over one connection';
is $t->http_get('/10')->body, 'HTTP/1.0 close', 'proxy_http_version 1.0';
