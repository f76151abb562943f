# SPDX-License-Identifier: BSD-2-Clause
# Every method reaches the server.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my @methods = qw(GET POST PUT DELETE OPTIONS PATCH PROPFIND X-OWN);
my $t = Weir->new(conf => <<'CONF', plan => scalar @methods);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], $_[0]->method ] });
$t->start;

is $t->http_get('/', method => $_)->body, $_, $_ for @methods;
