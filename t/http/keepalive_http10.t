# SPDX-License-Identifier: BSD-2-Clause
# HTTP/1.0: one request a connection, unless the client asks to keep it.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        return 200 fine;
    }
}
CONF
$t->start;

my $c = $t->http_connect('web');
is $c->get('/', version => '1.0')->body, 'fine', 'an answer';
ok $c->is_closed, 'and the end';
$c = $t->http_connect('web');
for my $number (1, 2) {
    my $r = $c->get('/', version => '1.0', headers => [ Connection => 'keep-alive' ]);
    is $r->body, 'fine', "kept: request $number";
    is lc $r->header('Connection'), 'keep-alive', 'the answer says so';
}
