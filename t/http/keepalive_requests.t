# SPDX-License-Identifier: BSD-2-Clause
# After keepalive_requests requests a connection is ended, and says so before.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    keepalive_requests 3;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 fine; }
    }
}
CONF
$t->start;

my $c = $t->http_connect('web');
my @said = map { ($c->get('/')->header('Connection') // '') eq 'close' ? 'close' : '-' } 1 .. 3;
is "@said", '- - close', 'the third is the last';
ok $c->is_closed, 'then the end';
