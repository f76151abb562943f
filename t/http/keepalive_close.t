# SPDX-License-Identifier: BSD-2-Clause
# A client that says Connection: close gets it, after its answer.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        return 200 fine;
    }
}
CONF
$t->start;

my $c = $t->http_connect('web');
isnt $c->get('/')->header('Connection') // '', 'close', 'not before it says so';
my $r = $c->get('/', headers => [ Connection => 'close' ]);
is $r->body, 'fine', 'the answer';
is $r->header('Connection'), 'close', 'says close too';
ok $c->is_closed, 'and the connection ends';
