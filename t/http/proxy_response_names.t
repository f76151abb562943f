# SPDX-License-Identifier: BSD-2-Clause
# Fields of a server's response pass whatever their name, as long as it is a token (as in nginx).
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my %passes = (
    'X.Dot' => 1, 'X_under' => 1, 'x!#$%&\'*+^`|~9' => 1,
    'X@at' => 0, 'X(Y)' => 0, 'X/Y' => 0, # nginx passes these, too
);
my $t = Weir->new(conf => <<'CONF', plan => 2 + keys %passes);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub {
    my ($request) = @_;
    return [ 200, [ 'X Y' => 1 ], 'x' ] if $request->uri eq '/blank';
    return [ 200, [ (map { $_ => "v$_" } sort keys %passes), 'X-End' => 'end' ], 'x' ];
});
$t->start;

my $r = $t->http_get('/');
is $r->header($_), $passes{$_} ? "v$_" : undef, $_ for sort keys %passes;
is $r->header('X-End'), 'end', 'those behind them';
is $t->http_get('/blank')->status, 502, 'a blank in a name is no response';
