# SPDX-License-Identifier: BSD-2-Clause
# What is no host name is not asked for.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 8);
http {
    resolver 127.0.0.1:%%PORT:dns%%;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$arg_name:%%PORT:back%%; }
    }
}
CONF
my $dns = Weir::DNS->start($t, 'dns', sub { return { answers => [ [ A => '127.0.0.1' ] ] } });
$t->http_server('back');
$t->start;

for my $name ('a..test', '.', '.test', 'a%00b', 'a%20b', "${\ ('a' x 64)}.test", 'a.' x 127 . 'test') {
    is $t->http_get("/?name=$name")->status, 502, substr $name, 0, 20;
}
is $dns->queries, 0, 'none of them was asked for';
