# SPDX-License-Identifier: BSD-2-Clause
# A client connection older than keepalive_time is ended with the next answer, which says so.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 5);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        keepalive_time 1s;
        location / { return 200 fine; }
    }
}
CONF
$t->start;

my $c = $t->http_connect('web');
is $c->get('/')->header('Connection'), 'keep-alive', 'a young one is kept';
select undef, undef, undef, 1.2;
my $answer = $c->get('/');
is $answer->body, 'fine', 'an old one is served once more';
is $answer->header('Connection'), 'close', 'and told the end';
ok $c->is_closed, 'which comes';
is $t->http_get('/')->body, 'fine', 'a new one is served';
