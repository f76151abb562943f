# SPDX-License-Identifier: BSD-2-Clause
# `resolver` in a location holds there, else that of the server, else that of http.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    resolver 127.0.0.1:%%PORT:one%% [::1]:%%PORT:one%% ipv6=off;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$http_name:%%PORT:back%%; }
        location /two { resolver 127.0.0.1:%%PORT:two%% ipv6=off; proxy_pass http://$http_name:%%PORT:back%%; }
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name three;
        resolver 127.0.0.1:%%PORT:three%% ipv6=off;
        location / { proxy_pass http://$http_name:%%PORT:back%%; }
    }
}
CONF
my %dns = map {
    $_ => Weir::DNS->start($t, $_, sub { return { answers => [ [ A => '127.0.0.1' ] ] } })
} qw(one two three);
$t->http_server('back');
$t->start;

$t->http_get('/', headers => { Name => 'a.test' });
is $dns{one}->queries, 1, 'that of http';
$t->http_get('/two', headers => { Name => 'a.test' });
is $dns{two}->queries, 1, 'that of a location, which knows nothing of the other';
$t->http_get('/', host => 'three', headers => { Name => 'a.test' });
is $dns{three}->queries, 1, 'that of a server';
is $dns{one}->queries, 1, 'and nobody else was asked';
