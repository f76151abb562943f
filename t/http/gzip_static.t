# SPDX-License-Identifier: BSD-2-Clause
# gzip_static: the file that was packed before is sent to clients that take it; always: to all.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use IO::Compress::Gzip qw(gzip);

gzip \"the text\n", \my $packed;
my $t = Weir->new(plan => 20, allow_log => qr/alias does not go/, files => { 'html/a.txt' => "the text\n", 'html/only.txt' => 'only' },
    conf => <<'CONF');
http {
    types { text/plain txt; }
    gzip_vary on;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /on/ { alias html/; gzip_static on; }
        location /always/ { alias html/; gzip_static always; }
        location /off/ { alias html/; }
        location /moved/ { alias html/; gzip_static on; rewrite ^ /elsewhere break; }
        location /unpacked/ { alias html/; gzip_static always; gunzip on; }
    }
}
CONF
open my $file, '>:raw', $t->dir . '/html/a.txt.gz' or die;
print {$file} $packed;
close $file;
utime 1_000_000_000, 1_000_000_000, $t->dir . '/html/a.txt.gz';
$t->start;

sub ask {
    my ($uri, @headers) = @_;
    return $t->http_get($uri, headers => \@headers);
}
my @gzip = ('Accept-Encoding' => 'gzip');

my $r = ask('/on/a.txt', @gzip);
is $r->body, $packed, 'the packed file';
is $r->header('Content-Encoding'), 'gzip', 'Content-Encoding';
is $r->header('Content-Type'), 'text/plain', 'the type of the file';
is $r->header('Vary'), 'Accept-Encoding', 'Vary';
is $r->header('ETag'), sprintf('"3b9aca00-%x"', length $packed), 'its own ETag';
is ask('/on/a.txt', @gzip, Range => 'bytes=0-1')->status, 200, 'it has no parts, as in nginx';
$r = ask('/on/a.txt', @gzip, 'If-None-Match' => $r->header('ETag'));
is $r->status, 304, 'a reload';
is $r->header('Content-Encoding'), undef, 'says nothing of a body';
$r = ask('/on/a.txt');
is $r->body, "the text\n", 'another client gets the file';
is $r->header('Vary'), 'Accept-Encoding', 'which depends on it, too';
$r = ask('/on/only.txt', @gzip);
is $r->body, 'only', 'a file that there is only one of';
is $r->header('Vary'), undef, 'depends on nothing';
is ask('/on/none', @gzip)->status, 404, 'one that there is none of';
$r = ask('/always/a.txt');
is $r->body, $packed, 'always';
is $r->header('Vary'), undef, 'depends on nothing';
is ask('/off/a.txt', @gzip)->body, "the text\n", 'off';
is ask('/unpacked/a.txt')->body, "the text\n", 'gunzip for those who do not take it';
$t->http_get('/off/another');
$t->wait_log(qr/another" failed/);
unlike $t->log, qr/\.gz/, 'no word of it in the log';
is ask('/moved/a.txt', @gzip)->status, 500, 'a path that means no file';
$t->wait_log(qr/alias does not go/);
my @told = $t->log =~ /alias does not go/g;
is @told, 1, 'is told of once';
