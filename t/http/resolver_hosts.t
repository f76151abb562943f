# SPDX-License-Identifier: BSD-2-Clause
# /etc/hosts says where the DNS server is, when it is given by name, and nothing of what is asked.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

Weir->in_namespace(hosts => <<'HOSTS');
127.0.0.53 ns.example.internal
127.0.0.66 one.test localhost.test
HOSTS
my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    resolver ns.example.internal ipv6=off;
    server {
        listen 127.0.0.1:80;
        location / { proxy_pass http://$http_name:8080; }
        location /address { resolver 127.0.0.53 ipv6=off; proxy_pass http://$http_name:8080; }
    }
}
CONF
my $dns = Weir::DNS->start($t, '127.0.0.53:53', sub { return { answers => [ [ A => '127.0.0.1' ] ] } });
$t->http_server('127.0.0.1:8080', sub { [ 200, [], 'back' ] });
$t->start;

sub body_of { return $t->http_get($_[1] // '/', port => '127.0.0.1:80', headers => { Name => $_[0] })->body }

is body_of('one.test'), 'back', 'a name of /etc/hosts';
is body_of('localhost'), 'back', 'localhost';
is join(' ', map { s/ .*//r } $dns->queries), 'one.test localhost', 'are asked for';
is body_of('two.test', '/address'), 'back', 'its port is 53, too, where it is given by address';
