# SPDX-License-Identifier: BSD-2-Clause
# Requests of one client connection reach one server after the other.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 1);
http {
    upstream backs {
        server 127.0.0.1:%%PORT:a%%;
        server 127.0.0.1:%%PORT:b%%;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://backs; }
    }
}
CONF
$t->http_server($_) for qw(a b);
$t->start;

my $c = $t->http_connect('web');
is join('', map { $c->get('/')->body } 1 .. 6), 'ababab', 'turn by turn';
