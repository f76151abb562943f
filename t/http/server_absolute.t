# SPDX-License-Identifier: BSD-2-Clause
# The host of a request in absolute form wins over the Host field.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name one.example;
        return 200 "one $host $uri";
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name two.example;
        return 200 "two $host $uri";
    }
}
CONF
$t->start;

is $t->http_get('http://two.example/path', host => 'one.example')->body, 'two two.example /path',
    'with a path';
is $t->http_get('http://two.example', host => 'one.example')->body, 'two two.example /',
    'without one';
