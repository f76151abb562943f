# SPDX-License-Identifier: BSD-2-Clause
# A field that the Connection field names stays on its side.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub {
    my ($request) = @_;
    my $names = join ' ', map { lc $_->[0] } @{ $request->headers };
    return [ 200, [ Connection => 'X-Back', 'X-Back' => 1, 'X-End' => 2 ], $names ];
});
$t->start;

my $r = $t->http_get('/', headers => [ Connection => 'close, X-Hop', 'X-Hop' => 1, 'X-End' => 2 ]);
is $r->body =~ s/\b(?:host|connection) ?//gr =~ s/ $//r, 'x-end', 'the request\'s';
is join(' ', grep { /^x-/i } map { $_->[0] } @{ $r->headers }), 'X-End', 'the response\'s';
