# SPDX-License-Identifier: BSD-2-Clause
# root is a folder that a path is looked for in; alias stands for the location's part of it.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 10,
    files => { 'html/p/a' => 'root', 'other/a' => 'alias', 'html/v/a' => 'variable', 'one' => 'single' },
    conf => <<'CONF');
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /p/ { root html/; add_header X-File $request_filename; add_header X-Root $document_root; }
        location /alias/ { alias other/; add_header X-File $request_filename; add_header X-Root $document_root; }
        location /v/ { root %%DIR%%/$arg_root; }
        location = /single { alias %%DIR%%/one; }
        location /real { alias %%DIR%%/html/../other; return 200 $realpath_root; }
    }
    server {
        listen 127.0.0.1:%%PORT:none%%;
        location / { }
    }
}
CONF
$t->start;
my $dir = $t->dir;

my $r = $t->http_get('/p/a');
is $r->body, 'root', 'root, relative to the prefix';
is $r->header('X-File'), "$dir/html/p/a", '$request_filename';
is $r->header('X-Root'), "$dir/html", '$document_root';
$r = $t->http_get('/alias/a');
is $r->body, 'alias', 'alias';
is $r->header('X-File'), "$dir/other/a", '$request_filename of an alias';
is $r->header('X-Root'), "$dir/other/", '$document_root of an alias';
is $t->http_get('/v/a?root=html')->body, 'variable', 'root with a variable';
is $t->http_get('/single')->body, 'single', 'alias of one file';
is $t->http_get('/real')->body, "$dir/other", '$realpath_root';
is $t->http_get('/p/a', port => 'none')->body, 'root', 'without root it is html';
