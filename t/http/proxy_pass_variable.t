# SPDX-License-Identifier: BSD-2-Clause
# A variable in proxy_pass may name a group or an address.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 7);
http {
    upstream one { server 127.0.0.1:%%PORT:one%%; }
    map $host $where {
        one.example one;
        two.example 127.0.0.1:%%PORT:two%%;
        six.example [::1]:%%PORT:six%%;
        unix.example unix:%%DIR%%/unix.sock;
        default "";
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$where; }
        location /field { proxy_pass $http_x_to; }
        location /uri { proxy_pass http://$where:/new$is_args$args; }
    }
}
CONF
$t->http_server('one', sub { [ 200, [], 'one ' . $_[0]->uri ] });
$t->http_server('two', sub { [ 200, [], 'two ' . $_[0]->uri ] });
$t->http_server('six', sub { [ 200, [], 'six ' . $_[0]->uri ] }, port => '[::1]:six');
$t->http_server('unix', sub { [ 200, [], 'unix ' . $_[0]->uri ] }, port => 'unix:unix.sock');
$t->start;

is $t->http_get('/a?b', host => 'one.example')->body, 'one /a?b', 'a group';
is $t->http_get('/a?b', host => 'two.example')->body, 'two /a?b', 'an address';
is $t->http_get('/a?b', host => 'six.example')->body, 'six /a?b', 'an IPv6 address';
is $t->http_get('/a?b', host => 'unix.example')->body, 'unix /a?b', 'a UNIX socket';
is $t->http_get('/uri?b', host => 'unix.example')->body, 'unix /new?b', 'with a URI';
like $t->http_get('/', host => 'three.example')->status, qr/^50[02]$/, 'nothing';
is $t->http_get('/field', headers => [ 'X-To' => 'http://one/a b' ])->body, 'one /a%20b',
    'what would split the first line is escaped';
