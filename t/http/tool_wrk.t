# SPDX-License-Identifier: BSD-2-Clause
# wrk sees no error.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Weir::Load;

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    upstream back { server unix:%%DIR%%/back.sock; keepalive 32; }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://back; }
    }
    server {
        listen unix:%%DIR%%/back.sock;
        location / { return 200 "fine\n"; }
    }
}
CONF
$t->start;

my $url = 'http://127.0.0.1:' . $t->port('web') . '/';
my $wrk = Weir::Load::wrk($url, seconds => 1, connections => 20);
cmp_ok $wrk->{requests}, '>', 200, 'requests';
is $wrk->{errors}, 0, 'no socket error';
is $wrk->{non_2xx}, 0, 'no answer but 200';
