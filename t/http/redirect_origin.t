# SPDX-License-Identifier: BSD-2-Clause
# A redirect to a path tells scheme, host and port; absolute_redirect, server_name_in_redirect and
# port_in_redirect say how.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 8);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name name.example other.example;
        location /host { return 301 /x; }
        location /relative { absolute_redirect off; return 301 /x; location /relative/rewrite { rewrite ^ /y permanent; } }
        location /noport { port_in_redirect off; return 301 /x; }
        location /name { server_name_in_redirect on; return 301 /x; }
        location /url { return 301 http://a.example/x; }
        location /slash/ { absolute_redirect off; proxy_pass http://127.0.0.1:%%PORT:nobody%%; }
    }
}
CONF
$t->start;

sub to { my ($path, @more) = @_; return $t->http_get($path, @more)->header('Location') }

my $port = $t->port('web');
is to('/host', host => 'Host.Example'), "http://host.example:$port/x", 'as the client calls it';
is to('/relative'), '/x', 'absolute_redirect off';
is to('/relative/rewrite'), '/y', 'for rewrite, too';
is to('/slash'), '/slash/', 'and for a missing slash';
is to('/noport', host => 'a.example'), 'http://a.example/x', 'port_in_redirect off';
is to('/name', host => 'a.example'), "http://name.example:$port/x", 'server_name_in_redirect';
is to('/url'), 'http://a.example/x', 'a URL stays';
like $t->http("GET /host HTTP/1.0\r\n\r\n")->header('Location'), qr{^http://127\.0\.0\.1:$port/x$},
    'without a Host the address';
