# SPDX-License-Identifier: BSD-2-Clause
# The rest of a body that nobody wants is dropped for as long as lingering_time says, and then with
# its connection: no part of it is ever taken for a request.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    client_max_body_size 0;
    lingering_time 200ms;
    lingering_timeout 200ms;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /own { return 200 own; }
    }
}
CONF
my $back = $t->http_server('back');
$t->start;

my $smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
my $flood = $smuggled x 2000;

# A client that never stops, one that stops for longer than is borne with.
my $c = $t->http_connect('web');
$c->send("POST /own HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n");
is $c->response->body, 'own', 'the answer comes before the body';
my $end = now() + scaled(10);
1 while now() < $end && $c->send($flood, maybe => 1);
is $c->recv_all, '', 'no other comes, however much of the body does';

$c = $t->http_connect('web');
$c->send("POST /own HTTP/1.1\r\nHost: a\r\nContent-Length: " . length($smuggled) . "\r\n\r\n");
$c->response;
is $c->recv_all, '', 'nor where the body comes too late';
$c->send($smuggled, maybe => 1);
$c->close;
is $back->requests, 0, 'no server sees a request';
