# SPDX-License-Identifier: BSD-2-Clause
# A location with = takes that path alone, before any prefix.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 5);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 prefix; }
        location = / { return 200 root; }
        location /path/long { return 200 long; }
        location = /path { return 200 exact; }
    }
}
CONF
$t->start;

my %expected = (
    '/' => 'root', '/x' => 'prefix', '/path' => 'exact', '/path?x' => 'exact', '/path/' => 'prefix',
);
is $t->http_get($_)->body, $expected{$_}, $_ for sort keys %expected;
