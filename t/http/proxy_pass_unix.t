# SPDX-License-Identifier: BSD-2-Clause
# Requests go out over a UNIX socket, and come in over one.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    upstream group { server unix:%%DIR%%/back.sock; }
    server {
        listen unix:%%DIR%%/front.sock;
        location / { proxy_pass http://unix:%%DIR%%/back.sock; }
        location /uri/ { proxy_pass http://unix:%%DIR%%/back.sock:/other/; }
        location /group/ { proxy_pass http://group; }
        location /client { return 200 $remote_addr; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], $_[0]->uri ] }, port => 'unix:back.sock');
$t->start;

my %expected = (
    '/a?b' => '/a?b', '/uri/a' => '/other/a', '/group/a' => '/group/a', '/client' => 'unix:',
);
is $t->http_get($_, port => 'unix:front.sock')->body, $expected{$_}, $_ for sort keys %expected;
