# SPDX-License-Identifier: BSD-2-Clause
# CONNECT and TRACE are refused, and the connection with them: what follows is not for weir.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http { server { listen 127.0.0.1:%%PORT:web%%; location / { return 200 x; } } }
CONF
$t->start;

for my $target ('CONNECT a.example:443', 'CONNECT /', 'TRACE /') {
    my $c = $t->http_connect('web');
    $c->send("$target HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    is $c->response->status, 405, $target;
    is $c->recv_all, '', "$target: nothing follows";
}
