# SPDX-License-Identifier: BSD-2-Clause
# A field with '_' in its name is an odd one unless underscores_in_headers is on.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    server {
        listen 127.0.0.1:%%PORT:off%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
    server {
        listen 127.0.0.1:%%PORT:on%%;
        underscores_in_headers on;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], $_[0]->header('X_A') // 'none' ] });
$t->start;

is $t->http_get('/', port => 'off', headers => [ 'X_A' => 'there' ])->body, 'none', 'left out';
is $t->http_get('/', port => 'on', headers => [ 'X_A' => 'there' ])->body, 'there', 'on: passed';
