# SPDX-License-Identifier: BSD-2-Clause
# proxy_hide_header and proxy_pass_header say which fields of a response reach the client, whatever
# hides them; proxy_method, proxy_set_body and the like make the request another one.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 20);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /hide {
            proxy_hide_header X-A;
            proxy_headers_hash_max_size 1024;
            proxy_headers_hash_bucket_size 128;
            proxy_send_lowat 1k;
            proxy_hide_header content-TYPE;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
        location /pass {
            proxy_pass_header Server;
            proxy_pass_header X-Accel-Expires;
            proxy_pass_header X-A;
            proxy_hide_header X-A;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
        location /method { proxy_method $arg_m; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /body { proxy_set_body "<$arg_m>"; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /nobody {
            proxy_pass_request_body off;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
        location /nofields {
            proxy_pass_request_headers off;
            proxy_set_header X-Own 1;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
    }
}
CONF
$t->http_server('back', sub {
    my ($request) = @_;
    return [ 200, [ Server => 'back', 'X-A' => 1, 'Content-Type' => 'text/x', 'X-Accel-Expires' => 5,
            'X-Client' => $request->header('X-Client') // 'none', 'X-Own' =>
            $request->header('X-Own') // 'none' ],
        join ' ', $request->method, $request->header('Content-Length') // '-', $request->body // '' ];
});
$t->start;

my $r = $t->http_get('/');
is $r->header('X-A'), 1, 'by default fields pass';
like $r->header('Server'), qr/^weir/, 'but for Server';
is $r->header('X-Accel-Expires'), undef, 'and what is for weir';
$r = $t->http_get('/hide');
is $r->header('X-A'), undef, 'one is hidden';
is $r->header('Content-Type'), undef, 'by any spelling';
$r = $t->http_get('/pass');
is_deeply [ $r->header_values('Server') ], ['back'], 'Server passes';
is $r->header('X-Accel-Expires'), 5, 'and what is for weir';
is $r->header('X-A'), 1, 'what is passed is not hidden';

sub body {
    my ($method, $uri) = @_;
    return $t->http_get($uri, method => $method, $method eq 'POST' ? (body => 'hello') : ())->body;
}

is body('GET', '/method?m=PUT'), 'PUT 0 ', 'another method';
is body('GET', '/method'), 'GET - ', 'none: the client\'s';
is body('POST', '/method?m=PATCH'), 'PATCH 5 hello', 'the body goes with it';
$r = $t->http_get('/method?m=GET', method => 'HEAD');
is $r->header('Content-Length'), 6, 'HEAD as GET: the head';
is $t->http_get('/')->status, 200, 'without a body behind it';
is body('POST', '/body?m=x'), 'POST 3 <x>', 'another body';
is body('GET', '/body?m='), 'GET 2 <>', 'for GET, too';
is body('POST', '/nobody'), 'POST 0 ', 'no body';
my @fields = (headers => [ 'X-Client' => 'c' ]);
is $t->http_get('/', @fields)->header('X-Client'), 'c', 'fields of the client pass';
$r = $t->http_get('/nofields', @fields, method => 'POST', body => 'hello');
is $r->header('X-Client'), 'none', 'unless they should not';
is $r->header('X-Own'), 1, 'what is set goes';
is $r->body, 'POST 5 hello', 'and the body';
