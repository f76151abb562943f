# SPDX-License-Identifier: BSD-2-Clause
# Files are sent where no other module answers: with type, time and ETag, to GET and HEAD only.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 19, files => { 'html/a.txt' => "text\n", 'html/b.X' => 'b', 'html/empty' => '' },
    conf => <<'CONF');
http {
    types { text/plain txt; text/x-own x; }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        default_type application/octet-stream;
        location /quiet/ { log_not_found off; }
        location /noetag/ { etag off; alias html/; }
    }
}
CONF
my $time = 1_000_000_000;
utime $time, $time, $t->dir . '/html/a.txt';
$t->start;

my $r = $t->http_get('/a.txt');
is $r->status, 200, 'a file';
is $r->body, "text\n", 'its bytes';
is $r->header('Content-Type'), 'text/plain', 'the type of its extension';
is $r->header('Content-Length'), 5, 'its length';
is $r->header('Last-Modified'), 'Sun, 09 Sep 2001 01:46:40 GMT', 'its time';
is $r->header('ETag'), '"3b9aca00-5"', 'its ETag: time and length';
is $r->header('Accept-Ranges'), 'bytes', 'ranges are served';
is $t->http_get('/b.X')->header('Content-Type'), 'text/x-own', 'the case of an extension means nothing';
$r = $t->http_get('/empty');
is $r->header('Content-Type'), 'application/octet-stream', 'default_type for others';
is $r->header('Content-Length'), 0, 'an empty file';
$r = $t->http_get('/a.txt', method => 'HEAD');
is_deeply [ $r->status, $r->header('Content-Length') ], [ 200, 5 ], 'HEAD';
is $t->http_get('/a.txt', method => $_)->status, 405, "$_ is not allowed" for qw(POST PUT DELETE);
is $t->http_get('/noetag/a.txt')->header('ETag'), undef, 'etag off';

is $t->http_get('/none')->status, 404, 'one that is not there';
my $dir = $t->dir;
ok $t->wait_log(qr/\[error\] .*open\(\) "\Q$dir\E\/html\/none" failed \(2: No such file or directory\)/),
    'is told to the log';
is $t->http_get('/quiet/none')->status, 404, 'with log_not_found off';
$t->http_get('/another');
$t->wait_log(qr/another" failed/);
unlike $t->log, qr/quiet\/none" failed/, 'it is not';
