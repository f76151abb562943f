# SPDX-License-Identifier: BSD-2-Clause
# set gives a variable a value, in a server and in a location.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        set $a "server $request_method";
        set $b unchanged;
        location / { return 200 "$a|$b"; }
        location /own {
            set $a "own, not $a";
            set $b "";
            return 200 "$a|$b";
        }
        location /proxy {
            set $where 127.0.0.1:%%PORT:back%%;
            proxy_pass http://$where;
        }
    }
}
CONF
$t->http_server('back');
$t->start;

is $t->http_get('/')->body, 'server GET|unchanged', 'of the server';
is $t->http_get('/own')->body, 'own, not server GET|', 'of the location, in order';
is $t->http_get('/proxy')->body, 'back', 'proxy_pass can use it';
