# SPDX-License-Identifier: BSD-2-Clause
# proxy_force_ranges takes a range out of a server's response that has a length.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 12, conf => <<'CONF');
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_force_ranges on; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /off/ { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $large = join '', map { sprintf '%07d ', $_ } 1 .. 200_000;
$t->http_server('back', sub {
    my ($request) = @_;
    return [ 404, [], 'abcdefghij' ] if $request->uri eq '/404';
    return [ 200, [ 'Accept-Ranges' => 'none' ], $request->uri eq '/large' ? $large : 'abcdefghij' ];
});
$t->start;

my $c = $t->http_connect('web');
sub ask {
    my ($uri, $range) = @_;
    return $c->request("GET $uri HTTP/1.1\r\nHost: a\r\nRange: bytes=$range\r\n\r\n");
}
my $r = ask('/', '2-4');
is $r->first, 'HTTP/1.1 206 Partial Content', 'a range';
is $r->body, 'cde', 'its bytes';
is $r->header('Content-Range'), 'bytes 2-4/10', 'Content-Range';
is ask('/large', '800000-800015')->body, substr($large, 800_000, 16), 'from the middle of a large body';
is ask('/large', '-16')->body, substr($large, -16), 'its end';
$r = ask('/', '0-1,3-4');
is $r->status, 200, 'several: all of it';
is $r->header('Accept-Ranges'), 'bytes', 'with what is true of ranges';
$r = ask('/', '10-');
is $r->status, 416, 'one that is not there';
is $r->header('Content-Range'), 'bytes */10', 'says how long it is';
is ask('/404', '0-1')->status, 404, 'no part of a failure';
is ask('/off/', '0-1')->status, 200, 'off';
is ask('/', '0-0')->body, 'a', 'the connection goes on';
