# SPDX-License-Identifier: BSD-2-Clause
# open_file_cache: what is known of a file is believed for a while, and so are failures.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 12, files => { 'html/a' => 'old', 'html/b' => 'old' }, conf => <<'CONF');
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /long/ { alias html/; open_file_cache max=10; open_file_cache_errors on; open_file_cache_events on; }
        location /short/ { alias html/; open_file_cache max=10; open_file_cache_valid 0; }
        location /noerrors/ { alias html/; open_file_cache max=10; }
        location /twice/ { alias html/; open_file_cache max=10; open_file_cache_min_uses 2; }
        location /small/ { alias html/; open_file_cache max=2 inactive=1s; }
    }
}
CONF
$t->start;
my $html = $t->dir . '/html';
my ($worker) = $t->worker_pids;

# Replaces a file by another one of its name.
sub replace {
    my ($name, $text) = @_;
    $t->write("html/$name.new", $text);
    rename "$html/$name.new", "$html/$name";
}
sub open_files { return scalar grep { (readlink // '') =~ /^\Q$html\E/ } glob "/proc/$worker/fd/*" }

is $t->http_get("/$_/a")->body, 'old', "$_: the file" for qw(long short);
is open_files(), 2, 'it stays open';
replace('a', 'newer');
is $t->http_get('/long/a')->body, 'old', 'what is believed is not looked at';
is $t->http_get('/short/a')->body, 'newer', 'what is not, is';
is $t->http_get('/long/c')->status, 404, 'one that is not there';
is $t->http_get('/noerrors/c')->status, 404, 'in another cache';
replace('c', 'now');
is $t->http_get('/long/c')->status, 404, 'open_file_cache_errors: still not';
is $t->http_get('/noerrors/c')->body, 'now', 'without: now it is';

my $before = open_files();
$t->http_get('/twice/b');
is open_files(), $before, 'min_uses: closed after the first use';
$t->http_get('/twice/b');
is open_files(), $before + 1, 'open after the second';
$t->write("html/s$_", $_) for 1 .. 5;
$before = open_files();
$t->http_get("/small/s$_") for 1 .. 5;
is open_files(), $before + 2, 'no more than max of them';
