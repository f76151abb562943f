# SPDX-License-Identifier: BSD-2-Clause
# The client's fields reach the server in their order, those of its connection do not.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], join "\n", map { join ': ', @$_ } @{ $_[0]->headers } ] });
$t->start;

my @own = ('X-One' => 1, 'Accept' => '*/*', 'X-Two' => 'a, b', 'x-one' => 3, 'Cookie' => 'a=b');
my @lines = split /\n/, $t->http_get('/', headers => [
    @own, 'Connection' => 'keep-alive', 'Keep-Alive' => '300', 'TE' => 'gzip', 'Upgrade' => 'none',
])->body;
my @kept = grep { !/^(?:Host|Connection):/i } @lines;
is_deeply \@kept, [ 'X-One: 1', 'Accept: */*', 'X-Two: a, b', 'x-one: 3', 'Cookie: a=b' ],
    'all and no more';
is scalar(grep { /^Host:/i } @lines), 1, 'one Host';
is scalar(grep { /^(?:Keep-Alive|TE|Upgrade):/i } @lines), 0, 'nothing of the connection';
is scalar(grep { /^Connection: *keep-alive/i } @lines), 0, 'nor its Connection field';
