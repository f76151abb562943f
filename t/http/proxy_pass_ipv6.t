# SPDX-License-Identifier: BSD-2-Clause
# Requests pass over IPv6 on both sides.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    server {
        listen [::1]:%%PORT:web%%;
        location / {
            proxy_pass http://[::1]:%%PORT:back%%;
            proxy_set_header X-Client "$remote_addr $server_addr";
        }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], join ' ', map { $_[0]->header($_) } 'Host', 'X-Client' ] },
    port => '[::1]:back');
$t->start;

my ($web, $back) = map { $t->port($_) } qw(web back);
is $t->http_get('/', port => '[::1]:web', host => "[::1]:$web")->body, "[::1]:$back ::1 ::1",
    'there and back';
is $t->http_get('/', port => '[::1]:web', host => '[::1]')->status, 200, 'an address as Host';
