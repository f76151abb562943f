# SPDX-License-Identifier: BSD-2-Clause
# An unknown or missing name goes to the default server of the address.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    server {
        listen 127.0.0.1:%%PORT:first%%;
        listen 127.0.0.1:%%PORT:marked%%;
        server_name one.example;
        return 200 one;
    }
    server {
        listen 127.0.0.1:%%PORT:first%%;
        listen 127.0.0.1:%%PORT:marked%% default_server;
        server_name two.example;
        return 200 two;
    }
}
CONF
$t->start;

is $t->http_get('/', host => 'none.example', port => 'first')->body, 'one',
    'the first, without a mark';
is $t->http_get('/', host => 'none.example', port => 'marked')->body, 'two',
    'the one with default_server';
is $t->http_get('/', host => 'one.example', port => 'marked')->body, 'one',
    'a known name is not affected';
is $t->http_get('/', host => undef, version => '1.0', port => 'first')->body, 'one',
    'HTTP/1.0 without a name';
