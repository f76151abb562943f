# SPDX-License-Identifier: BSD-2-Clause
# Four servers, the first with weight=3: six requests are spread 3, 1, 1, 1.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    upstream myproject {
        server 127.0.0.1:%%PORT:a%% weight=3;
        server 127.0.0.1:%%PORT:b%%;
        server 127.0.0.1:%%PORT:c%%;
        server 127.0.0.1:%%PORT:d%%;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name www.domain.com;
        location / {
            proxy_pass http://myproject;
        }
    }
}
CONF
$t->http_server($_) for qw(a b c d);
$t->start;

my %count;
$count{ $t->http_get('/', host => 'www.domain.com')->body }++ for 1 .. 6;
is_deeply \%count, { a => 3, b => 1, c => 1, d => 1 }, 'one cycle';
$count{ $t->http_get('/', host => 'www.domain.com')->body }++ for 1 .. 54;
is_deeply \%count, { a => 30, b => 10, c => 10, d => 10 }, 'ten cycles';
