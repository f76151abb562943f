# SPDX-License-Identifier: BSD-2-Clause
# disable_symlinks: no links, links to files of the same owner, links in the first part of the path.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 15, allow_log => qr{openat\(\) "[^"]*/link" failed \(40: },
    files => { 'html/a' => 'a', 'html/folder/b' => 'b', 'html/folder/index.html' => 'index' },
    conf => <<'CONF');
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /off/ { alias html/; }
        location /on/ { alias html/; disable_symlinks on; }
        location /owner/ { alias html/; disable_symlinks if_not_owner; }
        location /from/ { alias linked/; disable_symlinks on from=$document_root; }
        location /nofrom/ { alias linked/; disable_symlinks on; }
        location /cached/ { alias html/; disable_symlinks on; open_file_cache max=10; }
        location /try/ { disable_symlinks on; root html; try_files /link /a =404; }
    }
}
CONF
my $html = $t->dir . '/html';
symlink 'a', "$html/link";
symlink 'folder', "$html/linkfolder";
symlink 'html', $t->dir . '/linked';
symlink '/etc/passwd', "$html/passwd";
$t->start;

is $t->http_get('/off/link')->status, 200, 'off: a link';
is $t->http_get('/on/link')->status, 403, 'on: a link';
is $t->http_get('/on/linkfolder/b')->status, 403, 'on: a link in the middle';
is $t->http_get('/on/linkfolder/')->status, 403, 'on: the index of a folder that is one';
is $t->http_get('/on/folder/b')->body, 'b', 'on: no link';
is $t->http_get('/on/folder/')->body, 'index', 'on: an index';
ok $t->wait_log(qr/openat\(\) "[^"]*\/html\/link" failed \(40: Too many levels of symbolic links\)/),
    'the log says why';
is $t->http_get('/owner/link')->body, 'a', 'if_not_owner: of the same owner';
is $t->http_get('/owner/linkfolder/b')->body, 'b', 'if_not_owner: in the middle';
SKIP: {
    skip 'links have one owner', 1 if $> != 0;
    lchown($html);
    is $t->http_get('/owner/passwd')->status, 403, 'if_not_owner: of another one';
}
is $t->http_get('/from/a')->body, 'a', 'from: what lies before may be a link';
is $t->http_get('/from/link')->status, 403, 'from: but nothing behind';
is $t->http_get('/nofrom/a')->status, 403, 'without from';
is_deeply [ map { $t->http_get('/cached/link')->status } 1, 2 ], [ 403, 403 ], 'through the cache';
is $t->http_get('/try/x')->body, 'a', 'try_files leaves links out';

sub lchown { system 'chown', '-h', 'nobody', "$_[0]/passwd" }
