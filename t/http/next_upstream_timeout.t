# SPDX-License-Identifier: BSD-2-Clause
# proxy_next_upstream_timeout limits the time for trying servers.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    upstream backs {
        server 127.0.0.1:%%PORT:full%% max_fails=0;
        server 127.0.0.1:%%PORT:back%% max_fails=0;
    }
    proxy_connect_timeout 500ms;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /short { proxy_pass http://backs; proxy_next_upstream_timeout 200ms; }
        location /long { proxy_pass http://backs; proxy_next_upstream_timeout 10s; }
    }
}
CONF
my $full = $t->full_server('full');
$t->http_server('back');
$t->start;

is $t->http_get('/short')->status, 504, 'the time is up after the first';
is $t->http_get('/short')->body, 'back', 'the second, whose turn it is';
is $t->http_get('/long')->body, 'back', 'there is time for the second';
is $t->http_get('/long')->body, 'back', 'whosever turn it is';
