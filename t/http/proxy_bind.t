# SPDX-License-Identifier: BSD-2-Clause
# proxy_bind gives the own address of connections to the server, which is kept apart.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 7);
http {
    upstream back { server 127.0.0.1:%%PORT:back%%; }
    proxy_bind 127.0.0.5;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://back; }
        location /own { proxy_pass http://back; proxy_bind 127.0.0.6; }
        location /variable { proxy_pass http://back; proxy_bind $remote_addr; }
        location /nonsense { proxy_pass http://back; proxy_bind $request_method; }
        location /off { proxy_pass http://back; proxy_bind off; }
    }
}
CONF
my $back = $t->http_server('back', sub { [ 200, [], ($_[1]->remote)[0] ] });
$t->start;

is $t->http_get('/nonsense')->body, '127.0.0.1', 'a variable that is no address';
$t->wait_log(qr/\[error\] .*invalid local address "GET", client: 127\.0\.0\.1/);
pass 'is said';
my %address = ('/' => '127.0.0.5', '/own' => '127.0.0.6', '/off' => '127.0.0.1',
    '/variable' => '127.0.0.1');
is $t->http_get($_)->body, $address{$_}, $_ for sort keys %address;
$t->http_get($_) for map { sort keys %address } 1 .. 5;
is $back->accepts, 4, 'a kept connection is taken for the same address only';
