# SPDX-License-Identifier: BSD-2-Clause
# A server that does not answer holds up nobody else.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /slow { proxy_pass http://127.0.0.1:%%PORT:silent%%; }
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->silent_server('silent');
$t->http_server('back');
$t->start;

my @stuck = map { $t->http_connect('web') } 1 .. 10;
$_->send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n") for @stuck;
my $begin = now();
is join(' ', map { $t->http_get('/')->body } 1 .. 20), join(' ', ('back') x 20),
    'twenty others are answered';
cmp_ok now() - $begin, '<', scaled(1), 'at once';
