# SPDX-License-Identifier: BSD-2-Clause
# Variables of a request's end, its connection and its body.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 21);
http {
    log_format end "$request_uri $request_completion $pipe $connection_time";
    log_format body escape=none "$request_body|$request_body_file|$upstream_cookie_a|$upstream_cookie_b|$upstream_cookie_none|";
    access_log %%DIR%%/end.log end;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 x; }
        location /id { add_header X-Id $request_id; add_header X-Again $request_id; return 200 x; }
        location /port { return 200 "$is_request_port$request_port"; }
        location /tcp { return 200 "$tcpinfo_rtt $tcpinfo_rttvar $tcpinfo_snd_cwnd $tcpinfo_rcv_space"; }
        location /completion { return 200 "<$request_completion>"; }
        location /args { set $args "a=2"; return 200 "$args $arg_a $query_string $is_args"; }
        location /body { access_log %%DIR%%/body.log body; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /tiny { access_log %%DIR%%/body.log body; client_body_buffer_size 1k; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [ 'Set-Cookie' => 'a=1; path=/', 'Set-Cookie' => ' B = two ; secure' ], 'x' ] });
$t->start;

my $r = $t->http_get('/id');
like $r->header('X-Id'), qr/^[0-9a-f]{32}$/, 'an id';
is $r->header('X-Again'), $r->header('X-Id'), 'the same in one request';
my %seen;
my $c = $t->http_connect('web');
$seen{ $c->get('/id')->header('X-Id') }++ for 1 .. 100;
is scalar(keys %seen), 100, 'others in other requests';

is $t->http_get('/port', host => 'a')->body, '', 'a Host without a port';
is $t->http_get('/port', host => 'a:8080')->body, ':8080', 'with one';
like $t->http_get('/tcp')->body, qr/^\d+ \d+ \d+ \d+$/, 'what the kernel knows of the connection';
is $t->http_get('/completion')->body, '<>', 'not complete before the answer';
is $t->http_get('/args?a=1')->body, 'a=2 2 a=2 ?', 'arguments can be set';

$c->get('/?kept');
select undef, undef, undef, 0.35;
$c->get('/?later');
$c->send(join '', map { "GET /?p$_ HTTP/1.1\r\nHost: a\r\n\r\n" } 1 .. 3);
$c->response for 1 .. 3;
my $last = $t->http_connect('web');
$last->get('/?last');
my %line = map { /^(\S+) (.*)$/ ? ($1 => $2) : () } $t->wait_lines('end.log', 110);
like $line{'/?kept'}, qr/^OK \. \d+\.\d\d\d$/, 'complete, alone, after that time';
my ($later) = $line{'/?later'} =~ / (\S+)$/;
cmp_ok $later, '>=', 0.3, 'the connection\'s time goes on';
like $line{'/?p1'}, qr/^OK \. /, 'the first of three';
like $line{'/?p2'}, qr/^OK p /, 'the second was there before its turn';
like $line{'/?p3'}, qr/^OK p /, 'and the third';
like $line{'/?last'}, qr/ 0\.\d\d\d$/, 'another connection begins anew';
like $line{'/id'}, qr/^OK \. /, 'one after the other is not pipelined';

sub post {
    my ($uri, $body) = @_;
    my $length = length $body;
    is $c->request("POST $uri HTTP/1.1\r\nHost: a\r\nContent-Length: $length\r\n\r\n$body")->status, 200, $uri;
}
post('/body', 'some bytes');
post('/tiny', 'x' x 2000);
post('/body', '');
my @body = $t->wait_lines('body.log', 3);
is $body[0], 'some bytes||1|two||', 'a body, and cookies that were set';
is $body[1], '||1|two||', 'not one that went to a file';
is $body[2], '||1|two||', 'nor none';
