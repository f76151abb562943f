# SPDX-License-Identifier: BSD-2-Clause
# auth_request: what a location answers decides whether the client is served.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 31);
http {
    log_format names '$uri $status';
    access_log %%DIR%%/access names;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        auth_request /auth;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /any/ { satisfy any; deny all; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /off/ { auth_request off; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /never/ { auth_request /gone; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /444/ { auth_request /code444; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location = /auth { internal; proxy_pass http://127.0.0.1:%%PORT:auth%%/; }
        location = /gone { proxy_pass http://127.0.0.1:%%PORT:nobody%%; }
        location = /code444 { return 444; }
    }
}
CONF
my $back = $t->http_server('back', sub { [ 200, [], 'served ' . $_[0]->body ] });
my $auth = $t->http_server('auth', sub {
    my ($request, undef, $server) = @_;
    my $status = $request->header('X-Want') // 200;
    $server->note(join ' ', $request->method, $request->uri, length $request->body,
        map { $request->header($_) // '-' } qw(Content-Length Transfer-Encoding Expect X-Want));
    return [ $status, $status == 401 ? [ 'WWW-Authenticate', 'Basic realm="a"',
        'WWW-Authenticate', 'Bearer' ] : [], 'dropped' ];
});
$t->start;
my $seen = 0;
sub next_note { return $auth->wait_note(++$seen) } # the next one

my $c;
sub ask { return $c->get($_[0], headers => [ 'X-Want', $_[1] ]) }
for my $want ([ 200, 200 ], [ 204, 200 ], [ 299, 200 ], [ 403, 403 ], [ 302, 500 ], [ 404, 500 ],
              [ 500, 500 ]) {
    $c = $t->http_connect('web'); # 500 ends it
    is ask('/a', $want->[0])->status, $want->[1], "$want->[0] is $want->[1]";
    is next_note(), "GET / 0 - - - $want->[0]", 'asked by GET, with the fields of the client';
}
$t->wait_log(qr/auth request unexpected status: 404, client: 127\.0\.0\.1, .*request: "GET \/a HTTP/);
pass 'what is unexpected is logged';

$c = $t->http_connect('web');
my $refused = ask('/a', 401);
is $refused->status, 401, '401 is 401';
is_deeply [ $refused->header_values('WWW-Authenticate') ], [ 'Basic realm="a"', 'Bearer' ],
    'with all that it asks for';
next_note();

is ask('/any/', 200)->status, 200, 'satisfy any: enough';
is ask('/any/', 403)->status, 403, 'satisfy any: not enough';
is ask('/any/', 401)->status, 401, 'satisfy any: 401 says more than 403';
next_note() for 1 .. 3;
is ask('/off/', 403)->status, 200, 'off';

for my $body ("Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
              "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello") {
    $c->send("POST /a HTTP/1.1\r\nHost: a\r\n$body");
    is $c->response('POST')->body, 'served hello', 'the body goes to the server';
    is next_note(), 'GET / 0 - - - -', 'and not to who is asked';
}

is $t->http_get('/never/')->status, 500, 'nobody there: 500';
is $t->http_get('/444/')->status, 500, 'no answer: 500';
is $t->http_get('/auth')->status, 404, 'internal means the client';

my @lines = $t->lines('access');
is_deeply [ grep { /auth|gone/ && !m{^/auth 404} } @lines ], [], 'what is asked has no line in the log';
