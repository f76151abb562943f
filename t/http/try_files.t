# SPDX-License-Identifier: BSD-2-Clause
# try_files: the first file or folder that is there, else a path, a status.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 11,
    files => { 'html/a.txt' => 'a', 'html/d/index.html' => 'index', 'html/last' => 'last',
        'alias/b' => 'aliased' },
    conf => <<'CONF');
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { try_files $uri $uri.txt $uri/ /last; }
        location /status/ { try_files /none /none/ =403; }
        location /args { try_files /none /to?x=$uri; }
        location /to { return 200 "$uri $args"; }
        location /alias/ { alias alias/; try_files $uri =404; }
        location /back/ { try_files /a.txt =404; proxy_pass http://127.0.0.1:%%PORT:back%%/p; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], $_[0]->uri ] });
$t->start;

is $t->http_get('/a.txt')->body, 'a', 'the first';
is $t->http_get('/a')->body, 'a', 'the second';
is $t->http_get('/d/')->body, 'index', 'a folder';
is $t->http_get('/d')->status, 301, 'a folder without "/"';
is $t->http_get('/nothing')->body, 'last', 'the last one';
is $t->http_get('/status/x')->status, 403, 'a status';
is $t->http_get('/args?y')->body, '/to x=/args', 'a path with arguments';
is $t->http_get('/alias/b')->body, 'aliased', 'under an alias';
is $t->http_get('/alias/c')->status, 404, 'none under an alias';
is $t->http_get('/a.txt', method => 'POST')->status, 405, 'files are not posted to';
is $t->http_get('/back/x')->status, 200, 'a handler of its own';
