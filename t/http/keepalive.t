# SPDX-License-Identifier: BSD-2-Clause
# One connection carries many requests.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 "$uri of $connection"; }
        location /missing { return 404; }
    }
}
CONF
$t->start;

my $c = $t->http_connect('web');
my ($number) = $c->get('/first')->body =~ /^\/first of (\d+)$/;
my @bodies = map { $c->get("/$_")->body } 1 .. 100;
is_deeply \@bodies, [ map { "/$_ of $number" } 1 .. 100 ], 'a hundred and one';
is $c->get('/missing')->status, 404, 'an error';
is $c->get('/last')->body, "/last of $number", 'does not end it';
