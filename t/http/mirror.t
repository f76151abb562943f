# SPDX-License-Identifier: BSD-2-Clause
# mirror sends copies of each request elsewhere; neither their answers nor their failures are seen.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 27);
http {
    log_format names '$uri $status';
    access_log %%DIR%%/access names;
    client_body_buffer_size 8k;
    client_max_body_size 0;
    client_body_temp_path bodies;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { mirror /copy; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /two/ { mirror /copy; mirror /other; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /bare/ {
            mirror /copy;
            mirror_request_body off;
            proxy_request_buffering off;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
        location /try/ { mirror /copy; try_files /nothing @back; }
        location @back { mirror /copy; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /off/ { mirror off; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /bad/ { mirror /gone; mirror /404; mirror /444; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location = /copy { internal; mirror /other; proxy_pass http://127.0.0.1:%%PORT:copy%%$request_uri; }
        location = /other { proxy_pass http://127.0.0.1:%%PORT:copy%%/other; }
        location = /gone { proxy_pass http://127.0.0.1:%%PORT:nobody%%; }
        location = /444 { return 444; }
    }
}
CONF
sub describe {
    my ($request) = @_;
    return join ' ', $request->method, $request->uri, length $request->body,
        $request->header('X-Client') // '-';
}
$t->http_server('back', sub { [ 200, [], describe($_[0]) ] });
my $copy = $t->http_server('copy', sub {
    my ($request, $conn, $server) = @_;
    $server->note(describe($request));
    return [ 500, [], 'not seen' ];
});
$t->start;
my $seen = 0;
sub next_note { return $copy->wait_note(++$seen) } # the next one

my $c = $t->http_connect('web');
sub ask {
    my ($method, $uri, $body) = @_;
    return $c->get($uri, method => $method, headers => [ 'X-Client', 'c' ],
        defined $body ? (body => $body) : ())->body;
}
for my $case ([ 'GET', '/a?b=c' ], [ 'DELETE', '/d' ], [ 'PROPFIND', '/p' ], [ 'POST', '/b', 'hello' ],
              [ 'POST', '/file', bytes(100_000) ]) {
    my $line = "$case->[0] $case->[1] " . length($case->[2] // '') . ' c';
    is ask(@$case), $line, "answered by the server: $line";
    is next_note(), $line, 'and sent to the other';
}
$c->send("POST /chunks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
select undef, undef, undef, scaled(0.2);
is scalar($copy->notes), $seen, 'not before the body is whole';
$c->send("0\r\n\r\n");
is $c->response('POST')->body, 'POST /chunks 5 -', 'then it goes on';
is next_note(), 'POST /chunks 5 -', 'for both';

is ask('GET', '/two/x'), 'GET /two/x 0 c', 'two copies';
is_deeply [ sort map { next_note() } 1 .. 2 ], [ 'GET /other 0 c', 'GET /two/x 0 c' ],
    'and none of a copy';

is ask('POST', '/bare/x', 'hello'), 'POST /bare/x 5 c', 'mirror_request_body off';
is next_note(), 'POST /bare/x 0 c', 'the copy has no body';
$c->send("POST /bare/y HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
is next_note(), 'POST /bare/y 0 -', 'and does not wait for it';
$c->send('llo');
is $c->response('POST')->status, 200, 'while the request goes on';

is ask('GET', '/try/x'), 'GET /try/x 0 c', 'try_files comes first';
is next_note(), 'GET /try/x 0 c', 'so there is one copy, from where it leads';
is ask('GET', '/off/'), 'GET /off/ 0 c', 'mirror off';
is ask('GET', '/bad/'), 'GET /bad/ 0 c', 'copies that fail are not seen';
is ask('GET', '/a'), 'GET /a 0 c', 'a request behind';
is next_note(), 'GET /a 0 c', 'no other copy came before';
is scalar(grep { m{^/(copy|other|gone|404|444)} } $t->lines('access')), 0, 'copies have no lines in the log';
is_deeply [ glob $t->dir . '/bodies/*' ], [], 'and bodies no names';
