# SPDX-License-Identifier: BSD-2-Clause
# A server that ends the connection without an answer is passed over, unless the request must not be
# repeated.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 5);
http {
    upstream backs {
        server 127.0.0.1:%%PORT:bad%% max_fails=0;
        server 127.0.0.1:%%PORT:good%% max_fails=0;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://backs; }
        location /off { proxy_pass http://127.0.0.1:%%PORT:bad%%; }
    }
}
CONF
my $bad = $t->http_server('bad', sub { undef });
$t->http_server('good');
$t->start;

is join(' ', map { $t->http_get('/')->body } 1 .. 4), 'good good good good', 'GET is repeated';
cmp_ok $bad->requests, '>=', 2, 'the bad server was asked';
my $before = $bad->requests;
my @status = map { $t->http_get('/', method => 'POST', body => 'x')->status } 1 .. 4;
is scalar(grep { $_ == 502 } @status), $bad->requests - $before,
    'each POST to the bad one gets 502';
cmp_ok scalar(grep { $_ == 200 } @status), '>=', 1, 'to the good one 200';
is $t->http_get('/off')->status, 502, 'no other server: 502';
