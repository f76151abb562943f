# SPDX-License-Identifier: BSD-2-Clause
# X-Accel-Redirect leads a request elsewhere, with some of the fields that it came with; the log tells
# of all servers that were asked. X-Accel-Limit-Rate sets the pace.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 15);
http {
    log_format short '$upstream_addr|$upstream_status|$request_method';
    access_log %%DIR%%/access.log short;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /cookies { proxy_cookie_path /x /y; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /inside/ { return 200 "inside $uri $args"; }
        location /other/ { proxy_pass http://127.0.0.1:%%PORT:other%%; }
        location /ignored/ {
            proxy_ignore_headers X-Accel-Redirect X-Accel-Limit-Rate;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
    }
}
CONF
$t->http_server('back', sub {
    my ($request) = @_;
    my ($to) = $request->uri =~ /to=(.*)/;
    $to = '/loop' if $request->uri eq '/loop';
    return [ 200, [ 'X-Accel-Limit-Rate' => 100_000 ], 'x' x 300_000 ] if !defined $to;
    return [ 404, [ 'X-Accel-Redirect' => $to, 'Content-Type' => 'text/own', 'Set-Cookie' => 'a=b; Path=/x',
        'X-Other' => 1 ], 'back' ];
});
$t->http_server('other', sub { [ 200, [ 'X-Method' => $_[0]->method ], 'other' ] });
$t->start;
my ($back, $other) = map { '127.0.0.1:' . $t->port($_) } qw(back other);

my $r = $t->http_get('/?to=/inside/%61?b=c');
is $r->status, 200, 'the status is that of the other place';
is $r->body, 'inside /inside/a b=c', 'and the body';
is $r->header('Content-Type'), 'text/own', 'Content-Type stays';
is $r->header('Set-Cookie'), 'a=b; Path=/x', 'and Set-Cookie';
is $r->header('X-Other'), undef, 'others do not';
is $t->http_get('/cookies?to=/inside/')->header('Set-Cookie'), 'a=b; Path=/y', 'in the terms of the first place';
$r = $t->http_get('/?to=/other/x', method => 'POST', body => 'x');
is $r->body, 'other', 'to another server';
is $r->header('X-Method'), 'GET', 'by GET';
is $r->header('X-Other'), undef, 'without its fields';
is +($t->wait_lines('access.log', 3))[2], "$back : $other|404 : 200|GET", 'the log tells of both';
is $t->http_get('/?to=/../x')->status, 404, 'an unsafe path';
is $t->http_get('/loop')->status, 500, 'a circle';
is $t->http_get('/ignored/?to=/inside/')->body, 'back', 'proxy_ignore_headers';
my $begin = now();
$t->http_get('/');
cmp_ok now() - $begin, '>', 0.5, 'X-Accel-Limit-Rate';
$begin = now();
$t->http_get('/ignored/');
cmp_ok now() - $begin, '<', scaled(0.4), 'ignored';
