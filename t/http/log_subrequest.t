# SPDX-License-Identifier: BSD-2-Clause
# log_subrequest: requests that weir makes for itself have lines of their own, else none.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    log_format line "$uri $request_uri $status";
    access_log %%DIR%%/line.log line;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /ask { auth_request /auth; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /asked { auth_request /logged; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /auth { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /logged { log_subrequest on; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back');
$t->start;

$t->http_get('/ask');
$t->http_get('/asked');
$t->http_get('/logged');
is_deeply [ sort($t->wait_lines('line.log', 4)) ],
    [ '/ask /ask 200', '/asked /asked 200', '/logged /asked 200', '/logged /logged 200' ],
    'a line for each request, and one where it is asked for';
is scalar($t->lines('line.log')), 4, 'no others';
