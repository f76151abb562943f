# SPDX-License-Identifier: BSD-2-Clause
# include puts files in its place: in any block, by name or pattern, relative to the main file.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(
    plan  => 4,
    conf  => <<'CONF',
include parts/none-*;
http {
    include parts/http.conf;
}
CONF
    files => {
        'parts/http.conf'  => "map \$arg_a \$b { default none; include parts/map-*; }\ninclude parts/server.conf;\n",
        'parts/map-1'      => "one first;\n",
        'parts/map-2'      => "two second;\nthree third;\n",
        'parts/server.conf' => "server { listen 127.0.0.1:%%PORT:web%%; include parts/[l]*; }\n",
        'parts/location'   => "location / { return 200 \$b; }\n",
    },
);

$t->start('-c', $t->dir . '/weir.conf');
is $t->http_get('/?a=one', port => 'web')->body, 'first', 'a row of the first file of a pattern';
is $t->http_get('/?a=three', port => 'web')->body, 'third', 'one of the second';
is $t->http_get('/?a=x', port => 'web')->body, 'none', 'one of the including file';
is scalar(() = ($t->run('-T'))[1] =~ /^# configuration file /mg), 6, 'all are files of the configuration';
