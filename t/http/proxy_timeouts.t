# SPDX-License-Identifier: BSD-2-Clause
# A server that is too slow to connect, or to answer, gives 504.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 5);
http {
    proxy_connect_timeout 300ms;
    proxy_read_timeout 300ms;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /connect { proxy_pass http://127.0.0.1:%%PORT:full%%; }
        location /read { proxy_pass http://127.0.0.1:%%PORT:silent%%; }
    }
}
CONF
my $full = $t->full_server('full');
$t->silent_server('silent');
$t->start;

for my $uri ('/connect', '/read') {
    my $begin = now();
    is $t->http_get($uri)->first, 'HTTP/1.1 504 Gateway Time-out', $uri;
    cmp_ok now() - $begin, '>=', 0.25, 'not before its time';
}
ok $t->wait_log(qr/upstream timed out \(110: Connection timed out\) while reading response header from upstream, client: /),
    'the log says why, in the words of nginx';
