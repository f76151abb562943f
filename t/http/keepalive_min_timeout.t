# SPDX-License-Identifier: BSD-2-Clause
# A worker that ends leaves idle connections open for keepalive_min_timeout, and serves them.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 5);
http {
    server {
        listen 127.0.0.1:%%PORT:min%%;
        keepalive_min_timeout 2s;
        location / { return 200 x; }
    }
    server { listen 127.0.0.1:%%PORT:plain%%; location / { return 200 x; } }
}
CONF
$t->start;
my ($min, $plain) = map { $t->http_connect($_) } 'min', 'plain';
is $_->get('/')->status, 200, 'a request' for $min, $plain;
my $begin = now();
$t->reload;
ok $plain->is_closed, 'one is closed';
ok !$min->has_news(0.2), 'the other one left open';
is $min->get('/')->header('Connection'), 'close', 'and served';
