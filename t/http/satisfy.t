# SPDX-License-Identifier: BSD-2-Clause
# satisfy any: it is enough if one of those allows that decide on access.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        satisfy any;
        location /denied { deny all; }
        location /allowed { allow 127.0.0.1; deny all; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /nobody { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back');
$t->start;

is $t->http_get('/denied')->status, 403, 'nobody allows';
like $t->log, qr/access forbidden by rule/, 'which is logged';
is $t->http_get('/allowed')->body, 'back', 'one allows';
is $t->http_get('/nobody')->body, 'back', 'nobody has an opinion';
