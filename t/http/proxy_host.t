# SPDX-License-Identifier: BSD-2-Clause
# The server sees its own name as Host, or what proxy_set_header says.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    upstream group { server 127.0.0.1:%%PORT:back%%; }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /address { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /group { proxy_pass http://group; }
        location /host { proxy_pass http://group; proxy_set_header Host $host; }
        location /http_host { proxy_pass http://group; proxy_set_header Host $http_host; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], join '|', $_[0]->header_values('Host') ] });
$t->start;

my %expected = (
    '/address' => '127.0.0.1:' . $t->port('back'),
    '/group' => 'group',
    '/host' => 'client.example',
    '/http_host' => 'Client.example:8080',
);
is $t->http_get($_, host => 'Client.example:8080')->body, $expected{$_}, $_ for sort keys %expected;
