# SPDX-License-Identifier: BSD-2-Clause
# proxy_pass with a URI puts it in the place of the location's prefix.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 7);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /name/ { proxy_pass http://127.0.0.1:%%PORT:back%%/other/; }
        location /root/ { proxy_pass http://127.0.0.1:%%PORT:back%%/; }
        location /bare { proxy_pass http://127.0.0.1:%%PORT:back%%/x; }
        location = /exact { proxy_pass http://127.0.0.1:%%PORT:back%%/target; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], $_[0]->uri ] });
$t->start;

my %expected = (
    '/name/a/b' => '/other/a/b',
    '/name/' => '/other/',
    '/name/a?b=c' => '/other/a?b=c',
    '/root/a' => '/a',
    '/bare/a' => '/x/a',
    '/exact' => '/target',
    '/name/../name/a%20b' => '/other/a%20b',
);
is $t->http_get($_)->body, $expected{$_}, $_ for sort keys %expected;
