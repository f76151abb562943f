# SPDX-License-Identifier: BSD-2-Clause
# An idle connection is ended after keepalive_timeout; with 0 after each answer.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        keepalive_timeout 400ms;
        location / { return 200 fine; }
    }
    server {
        listen 127.0.0.1:%%PORT:none%%;
        keepalive_timeout 0;
        location / { return 200 fine; }
    }
}
CONF
$t->start;

my $c = $t->http_connect('web');
$c->get('/');
my $begin = now();
ok $c->is_closed, 'it ends';
cmp_ok now() - $begin, '>=', 0.3, 'not before its time';
$c = $t->http_connect('none');
is $c->get('/')->header('Connection'), 'close', 'none: the answer says so';
ok $c->is_closed, 'none: it ends at once';
