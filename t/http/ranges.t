# SPDX-License-Identifier: BSD-2-Clause
# Ranges: one, several, at the end, not there; If-Range; max_ranges.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 29, files => { 'html/a' => join('', 'a' .. 'z') }, conf => <<'CONF');
http {
    default_type text/x-letters;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /none/ { alias html/; max_ranges 0; }
        location /two/ { alias html/; max_ranges 2; }
        location /page/ { alias html/; error_page 416 =200 /sorry; }
        location /sorry { return 200 sorry; }
        location /packed/ { alias html/; gzip on; gzip_types *; gzip_min_length 0; }
    }
}
CONF
utime 1_000_000_000, 1_000_000_000, $t->dir . '/html/a';
$t->start;

sub range {
    my ($range, %option) = @_;
    my $uri = delete $option{uri} // '/a';
    return $t->http_get($uri, headers => [ Range => $range, @{ delete $option{headers} // [] } ], %option);
}

my $r = range('bytes=1-3');
is $r->first, 'HTTP/1.1 206 Partial Content', 'a range';
is $r->body, 'bcd', 'its bytes';
is $r->header('Content-Range'), 'bytes 1-3/26', 'Content-Range';
is $r->header('Accept-Ranges'), undef, 'a part does not say that it has parts';
is range('bytes=20-')->body, 'uvwxyz', 'from a byte on';
is range('bytes=-2')->body, 'yz', 'the last ones';
is range('bytes=-100')->body, join('', 'a' .. 'z'), 'more than there are';
$r = range('bytes=1-3', method => 'HEAD');
is_deeply [ $r->status, $r->header('Content-Length') ], [ 206, 3 ], 'HEAD';

$r = range('bytes=0-1,-1, 5-6');
my ($boundary) = $r->header('Content-Type') =~ /^multipart\/byteranges; boundary=(\d{20})$/;
ok $boundary, 'several';
is $r->body, join('', map { "\r\n--$boundary\r\nContent-Type: text/x-letters\r\nContent-Range: bytes $_->[0]/26\r\n\r\n$_->[1]" }
    [ '0-1', 'ab' ], [ '25-25', 'z' ], [ '5-6', 'fg' ]) . "\r\n--$boundary--\r\n", 'each in a part of its own';
is length $r->body, $r->header('Content-Length'), 'their length is right';
isnt range('bytes=0-1,3-4')->header('Content-Type'), $r->header('Content-Type'), 'the boundary is another one each time';

$r = range('bytes=26-');
is $r->status, 416, 'one that is not there';
is $r->header('Content-Range'), 'bytes */26', 'says how long the file is';
is range('bytes=26-', uri => '/page/a')->body, 'sorry', 'error_page for it';
is range('bytes=5-1')->status, 416, 'one that is none';
is range('bytes=0-25,0-25')->status, 200, 'more than all of it: all of it';
is range('lines=1-3')->status, 200, 'another unit: all of it';

is range('bytes=1-3', uri => '/none/a')->status, 200, 'max_ranges 0';
is range('bytes=1-3,5-6', uri => '/two/a')->status, 206, 'as many as max_ranges';
is range('bytes=1-3,5-6,8-9', uri => '/two/a')->status, 200, 'more than max_ranges';

for (['"3b9aca00-1a"', 206], ['"x"', 200], ['W/"3b9aca00-1a"', 200], ['Sun, 09 Sep 2001 01:46:40 GMT', 206],
    ['Sun, 09 Sep 2001 01:46:41 GMT', 200]) {
    is range('bytes=1-3', headers => [ 'If-Range' => $_->[0] ])->status, $_->[1], "If-Range: $_->[0]";
}

for my $range ('bytes=1-3', 'bytes=26-') {
    is range($range, uri => '/packed/a', headers => [ 'Accept-Encoding' => 'gzip' ])->status, 200,
        "what is packed on the way has no parts: $range";
}
is range('bytes=1-3', uri => '/packed/a')->body, 'bcd', 'for another client it has';
