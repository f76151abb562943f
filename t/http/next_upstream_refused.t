# SPDX-License-Identifier: BSD-2-Clause
# A server that refuses is passed over for the next one.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    upstream backs {
        server 127.0.0.1:%%PORT:nobody%%;
        server 127.0.0.1:%%PORT:good%%;
    }
    log_format tried "$status $upstream_addr $upstream_status";
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://backs; access_log %%DIR%%/tried.log tried; }
    }
}
CONF
$t->http_server('good');
$t->start;

is $t->http_get('/', method => 'POST', body => 'x')->body, 'good',
    'the client sees only the good one';
my ($nobody, $good) = map { '127.0.0.1:' . $t->port($_) } qw(nobody good);
is +($t->wait_lines('tried.log', 1))[0], "200 $nobody, $good 502, 200", 'both were tried';
