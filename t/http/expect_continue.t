# SPDX-License-Identifier: BSD-2-Clause
# A client that expects 100-continue is told to go on when its body is wanted, and not when it is
# answered without; servers are not asked to say it, and theirs is dropped.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 12);
http {
    client_max_body_size 10;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /stream {
            proxy_request_buffering off;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
        location /deny { deny all; }
        location /asks { auth_request /auth; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location = /auth { proxy_pass http://127.0.0.1:%%PORT:auth%%; }
    }
}
CONF
$t->http_server('back', sub {
    my ($request, $conn) = @_;
    $conn->send("HTTP/1.1 100 Continue\r\n\r\n");
    return [ 200, [ 'X-Expect' => $request->header('Expect') // 'none' ], $request->{body} ];
});
$t->http_server('auth', sub { [ 403 ] });
$t->start;

sub ask {
    my ($uri, $length) = @_;
    my $c = $t->http_connect('web');
    $c->send("PUT $uri HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n"
        . "Content-Length: $length\r\n\r\n");
    return $c;
}

for my $uri ('/', '/stream') {
    my $c = ask($uri, 4);
    is $c->recv_until(qr/\r\n\r\n/), "HTTP/1.1 100 Continue\r\n\r\n", "$uri: go on";
    $c->send('text');
    my $r = $c->response;
    is $r->body, 'text', "$uri: the answer";
    is $r->header('X-Expect'), 'none', "$uri: nobody else is asked";
}
my $c = ask('/', 11);
is $c->response->status, 413, 'too large: not told to go on';
ok $c->is_closed, 'and an end: its body may follow or not';
is ask('/deny', 4)->response->status, 403, 'nor where it is refused';
$c = $t->http_connect('web');
$c->send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\ntext");
is $c->response->body, 'text', 'a body that is there needs no word';
$c = $t->http_connect('web');
$c->send("PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
ok !$c->has_news(0.2), 'HTTP/1.0 knows none';
$c = ask('/asks', 4);
like $c->recv_until(qr/\r\n\r\n/), qr/^HTTP\/1\.1 403 /, 'nor before it is known who asks';
