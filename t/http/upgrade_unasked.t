# SPDX-License-Identifier: BSD-2-Clause
# Only who is asked to may change the protocol: both Upgrade and Connection must be set, and the
# client must want it.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 12, allow_log => qr/switched protocols unasked/);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:switching%%; }
        location /seen {
            proxy_pass http://127.0.0.1:%%PORT:seen%%;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
        location /half {
            proxy_pass http://127.0.0.1:%%PORT:seen%%;
            proxy_set_header Upgrade $http_upgrade;
        }
        location /old {
            proxy_pass http://127.0.0.1:%%PORT:seen%%;
            proxy_http_version 1.0;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
        location /unwanted {
            proxy_pass http://127.0.0.1:%%PORT:switching%%;
            proxy_set_header Upgrade other;
            proxy_set_header Connection upgrade;
        }
        location /body {
            proxy_pass http://127.0.0.1:%%PORT:switching%%;
            proxy_request_buffering off;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
        location /left {
            proxy_pass http://127.0.0.1:%%PORT:switching%%;
            proxy_request_buffering off;
            proxy_pass_request_body off;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
        location /gone {
            proxy_pass http://127.0.0.1:%%PORT:closing%%;
            proxy_request_buffering off;
            error_page 502 = @switching;
        }
        location @switching {
            proxy_pass http://127.0.0.1:%%PORT:switching%%;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
    }
}
CONF
$t->tcp_server('switching', sub {
    my ($conn) = @_;
    $conn->recv_until(qr/\r\n\r\n/);
    $conn->send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n");
    $conn->recv_all;
});
$t->tcp_server('closing', sub { $_[0]->recv_until(qr/\r\n\r\nhal/) });
$t->http_server('seen', sub {
    my ($request) = @_;
    return [ 200, [], join ' ', $request->header('Upgrade') // '-',
        $request->header('Connection') // '-' ];
});
$t->start;

my @ask = (headers => [ Upgrade => 'a', Connection => 'upgrade' ]);
is $t->http_get('/', @ask)->status, 502, 'nothing is set: a 101 is an error';
is $t->http_get('/unwanted')->status, 502, 'nor does a client get one that asks for none';
is $t->http_get('/seen', @ask)->body, 'a upgrade', 'set: both fields are sent';
is $t->http_get('/seen')->body, '- -', 'and neither for other clients';
is $t->http_get('/seen', @ask, version => '1.0')->body, '- -', 'or those of HTTP/1.0';
is $t->http_get('/half', @ask)->body, '- -', 'Upgrade alone asks for nothing';
is $t->http_get('/old', @ask)->body, '- close', 'nor can HTTP/1.0 be left';
my $c = $t->http_connect('web');
my $r = $c->get('/seen', @ask);
is $c->get('/seen')->body, '- -', 'who is refused goes on with HTTP';
my $post = "POST /body HTTP/1.1\r\nHost: a\r\nUpgrade: a\r\nConnection: upgrade\r\n"
    . "Content-Length: 9\r\n\r\nhal";
$c = $t->http_connect('web');
$c->send($post);
is $c->response->status, 502, 'a 101 before the request is whole is an error';
for my $path ('/left', '/gone') {
    $c = $t->http_connect('web');
    $c->send($post =~ s{/body}{$path}r);
    is $c->response->status, 502, "$path: nor is one before a request is whole that goes to nobody";
}
is $t->http_get('/seen')->status, 200, 'and all goes on';
