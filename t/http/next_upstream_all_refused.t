# SPDX-License-Identifier: BSD-2-Clause
# When every server refuses, the client gets 502.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    upstream backs {
        server 127.0.0.1:%%PORT:a%%;
        server 127.0.0.1:%%PORT:b%%;
    }
    log_format tried "$upstream_addr";
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://backs; access_log %%DIR%%/tried.log tried; }
        location /one { proxy_pass http://127.0.0.1:%%PORT:a%%; access_log off; }
    }
}
CONF
$t->start;

my $c = $t->http_connect('web');
is $c->get('/')->first, 'HTTP/1.1 502 Bad Gateway', 'a group';
my ($a, $b) = map { '127.0.0.1:' . $t->port($_) } qw(a b);
is +($t->wait_lines('tried.log', 1))[0], "$a, $b", 'each was tried once';
is $c->get('/one')->status, 502, 'one server alone';
is $c->get('/one')->status, 502, 'the connection is kept';
