# SPDX-License-Identifier: BSD-2-Clause
# index: the first file that is there; folders without "/" are redirected, those without an index
# forbidden.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 14,
    files => { 'html/index.html' => 'top', 'html/two/b.html' => 'second', 'html/none/x' => 'x',
        'html/all.html' => 'all', 'html/own/c' => 'c', 'html/with space/x' => 'x' },
    conf => <<'CONF');
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /two/ { index a.html b.html; }
        location /none/last/ { index a.html /all.html; alias html/none/; }
        location /own/ { index $arg_i c; }
    }
}
CONF
$t->start;
my ($dir, $port) = ($t->dir, $t->port('web'));

is $t->http_get('/')->body, 'top', 'index.html unless said';
is $t->http_get('/two/')->body, 'second', 'the second name';
is $t->http_get('/none/last/')->body, 'all', 'an absolute one at the end';
is $t->http_get('/own/?i=none')->body, 'c', 'with a variable';
is $t->http_get('/none/')->status, 403, 'a folder without';
ok $t->wait_log(qr/directory index of "\Q$dir\E\/html\/none\/" is forbidden/), 'is forbidden';
is $t->http_get('/missing/')->status, 404, 'no such folder';
ok $t->wait_log(qr/"\Q$dir\E\/html\/missing\/index.html" is not found \(2: /), 'the log says so';
my $r = $t->http_get('/two?a=b', host => 'h:1');
is $r->status, 301, 'a folder without "/"';
like $r->header('Location'), qr{^http://h(?::\d+)?/two/\?a=b$}, 'is redirected with its arguments';
like $t->http_get('/with%20space')->header('Location'), qr{/with%20space/$}, 'escaped';
is $t->http_get('/', method => 'DELETE')->status, 405, 'another method';
is $t->http_get('/', method => 'HEAD')->header('Content-Length'), 3, 'HEAD';
is $t->http_get('/none/x/')->status, 404, 'a file is no folder';
