# SPDX-License-Identifier: BSD-2-Clause
# ab sees no error, with connections kept (HTTP/1.0) and without.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Weir::Load;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    upstream back { server unix:%%DIR%%/back.sock; keepalive 32; }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        keepalive_requests 10000;
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
for my $keep (0, 1) {
    my $ab = Weir::Load::ab($url, requests => 1000, keep_alive => $keep);
    my $name = $keep ? 'kept' : 'not kept';
    is $ab->{errors} + $ab->{non_2xx}, 0, "$name: no error";
    is $ab->{requests}, 1000, "$name: every request";
    is $ab->{kept}, $keep * 1000, "$name: connections";
}
