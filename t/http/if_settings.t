# SPDX-License-Identifier: BSD-2-Clause
# Settings that may stand in an if, and in limit_except: logs, rates, files, error pages.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 9, files => { 'b/f.txt' => "b\n", 'a/f.txt' => "a\n" });
http {
    log_format short '$uri $request_method';
    access_log off;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / {
            root %%DIR%%/a;
            error_page 404 =404 /page/usual;
            limit_except GET HEAD { access_log %%DIR%%/except.log short; deny all; }
            if ($arg_log) { access_log %%DIR%%/if.log short; }
            if ($arg_root) { root %%DIR%%/b; }
            if ($arg_page) { error_page 404 =200 /page/if; }
            if ($arg_slow) { limit_rate 100k; limit_rate_after 1k; sendfile on; }
        }
        location /page/ { return 200 "$uri"; }
    }
}
CONF
$t->start;

is $t->http_get('/f.txt')->body, "a\n", 'a location';
is $t->http_get('/f.txt?root=1')->body, "b\n", 'root';
is $t->http_get('/none')->body, '/page/usual', 'a page';
is $t->http_get('/none?page=1')->body, '/page/if', 'error_page';
is $t->http_get('/f.txt?log=1')->body, "a\n", 'an if leaves alone what it does not set';
is $t->http_get('/f.txt', method => 'POST')->status, 403, 'limit_except';
is $t->http_get('/f.txt?slow=1')->body, "a\n", 'slowly';
is $t->read('if.log'), "/f.txt GET\n", 'access_log in an if';
is $t->read('except.log'), "/f.txt POST\n", 'and in limit_except';
