# SPDX-License-Identifier: BSD-2-Clause
# With proxy_next_upstream off one server is tried.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    upstream backs {
        server 127.0.0.1:%%PORT:nobody%%;
        server 127.0.0.1:%%PORT:good%%;
    }
    log_format tried "$upstream_addr";
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / {
            proxy_pass http://backs;
            proxy_next_upstream off;
            access_log %%DIR%%/tried.log tried;
        }
    }
}
CONF
$t->http_server('good');
$t->start;

is $t->http_get('/')->status, 502, 'it refuses: 502';
is +($t->wait_lines('tried.log', 1))[0], '127.0.0.1:' . $t->port('nobody'), 'no other was tried';
