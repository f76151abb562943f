# SPDX-License-Identifier: BSD-2-Clause
# A connection to a server is not used again once it is older than keepalive_time.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    upstream backs {
        server 127.0.0.1:%%PORT:back%%;
        keepalive 4;
        keepalive_time 1s;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://backs; }
    }
}
CONF
my $back = $t->http_server('back');
$t->start;

my $c = $t->http_connect('web');
$c->get('/') for 1 .. 3;
is $back->accepts, 1, 'a young one is used again';
select undef, undef, undef, 1.2;
$c->get('/') for 1 .. 2; # the first is on the old one still, which is closed after it
is $back->accepts, 2, 'an old one is not';
