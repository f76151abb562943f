# SPDX-License-Identifier: BSD-2-Clause
# A connection that the server wants closed serves no more requests.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    upstream back {
        server 127.0.0.1:%%PORT:back%%;
        keepalive 4;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / {
            proxy_pass http://back;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
}
CONF
my $back = $t->http_server('back', sub {
    my ($request, $conn) = @_;
    return [ 200, [ Connection => 'close' ], 'said' ] if $request->uri eq '/said';
    return [ 200, [], 'kept' ] if $request->uri eq '/kept';
    $conn->send("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n10");
    return;
});
$t->start;

my $c = $t->http_connect('web');
is join(' ', map { $c->get($_)->body } '/said', '/kept', '/kept'), 'said kept kept',
    'Connection: close';
is $back->accepts, 2, 'two connections';
is join(' ', map { $c->get($_)->body } '/10', '/kept'), '10 kept', 'HTTP/1.0';
is $back->accepts, 3, 'three connections';
