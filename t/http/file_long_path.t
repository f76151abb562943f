# SPDX-License-Identifier: BSD-2-Clause
# A path or a name that is too long for the system is not found.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 5, files => { 'html/a' => 'a' }, conf => <<'CONF');
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /links/ { disable_symlinks on; alias html/; }
    }
}
CONF
$t->start;

is $t->http_get('/' . 'n' x 300)->status, 404, 'a name';
is $t->http_get('/' . 'p/' x 2500)->status, 404, 'a path';
is $t->http_get('/links/' . 'n' x 300)->status, 404, 'a name, part by part';
is $t->http_get('/links/' . 'n' x 300 . '/a')->status, 404, 'a folder, part by part';
ok $t->wait_log(qr/failed \(36: File name too long\)/), 'the log says why';
