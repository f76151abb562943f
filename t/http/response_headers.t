# SPDX-License-Identifier: BSD-2-Clause
# Every answer has Date and weir's own Server field.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /return { return 200 x; }
        location /back { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [ Server => 'secret/1.0' ], 'x' ] });
$t->start;

my ($own) = join('', $t->run_bare('-v')) =~ m{(\w+/[\d.]+)};
for my $uri ('/return', '/back', '/none') {
    my $r = $t->http_get($uri);
    like $r->header('Date'), qr/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
        "$uri: Date";
    is_deeply [ $r->header_values('Server') ], [$own], "$uri: Server";
}
