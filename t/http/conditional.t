# SPDX-License-Identifier: BSD-2-Clause
# If-Modified-Since, If-None-Match: 304; If-Match, If-Unmodified-Since: 412; if_modified_since.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 18,
    files => { 'html/a.txt' => "hello\n", 'html/404.txt' => "none\n" }, conf => <<'CONF');
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /before/ { alias html/; if_modified_since before; }
        location /off/ { alias html/; if_modified_since off; }
        location /page/ { alias html/; error_page 412 =200 /sorry; }
        location /sorry { return 200 sorry; }
        error_page 404 /404.txt;
    }
}
CONF
utime 1_000_000_000, 1_000_000_000, $t->dir . '/html/a.txt';
$t->start;

sub ask {
    my ($uri, @headers) = @_;
    return $t->http_get($uri, headers => \@headers);
}
my ($etag, $same, $later) = ('"3b9aca00-6"', 'Sun, 09 Sep 2001 01:46:40 GMT', 'Sun, 09 Sep 2001 01:46:41 GMT');

my $r = ask('/a.txt', 'If-Modified-Since' => $same);
is $r->first, 'HTTP/1.1 304 Not Modified', 'the same time';
is $r->header('ETag'), $etag, 'with its ETag';
is $r->header('Content-Length'), undef, 'without a length';
is $r->header('Content-Type'), undef, 'and a type';
is ask('/a.txt', 'If-Modified-Since' => $later)->status, 200, 'exact: another time';
is ask('/before/a.txt', 'If-Modified-Since' => $later)->status, 304, 'before: a later time';
is ask('/off/a.txt', 'If-Modified-Since' => $same)->status, 200, 'off';
is ask('/a.txt', 'If-None-Match' => $etag)->status, 304, 'If-None-Match';
is ask('/a.txt', 'If-None-Match' => "\"a\", W/$etag")->status, 304, 'weak, in a list';
is ask('/a.txt', 'If-None-Match' => '"a"')->status, 200, 'another ETag';
is ask('/a.txt', 'If-None-Match' => '"a"', 'If-Modified-Since' => $same)->status, 200, 'both must be met';
is ask('/a.txt', 'If-Match' => '"a"')->status, 412, 'If-Match';
is ask('/a.txt', 'If-Match' => "W/$etag")->status, 412, 'If-Match is strong';
is ask('/a.txt', 'If-Unmodified-Since' => 'Sun, 09 Sep 2001 01:46:39 GMT')->status, 412, 'If-Unmodified-Since';
is ask('/page/a.txt', 'If-Match' => '"a"')->body, 'sorry', 'error_page for 412';

is ask('/none', 'If-None-Match' => '*')->body, "none\n", 'the page of an error is whole';
$r = ask('/none', 'If-Match' => '"a"');
is $r->status, 404, 'and there for';
is $r->body, "none\n", 'whatever condition';
