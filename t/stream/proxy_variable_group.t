# SPDX-License-Identifier: BSD-2-Clause
# A variable in proxy_pass may name an upstream group.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    upstream first {
        server 127.0.0.1:%%PORT:a%%;
    }
    upstream second {
        server 127.0.0.1:%%PORT:b%%;
    }
    map $server_port $group {
        %%PORT:one%% first;
        default second;
    }
    server {
        listen 127.0.0.1:%%PORT:one%%;
        listen 127.0.0.1:%%PORT:two%%;
        proxy_pass $group;
    }
}
CONF
$t->source_server($_, $_) for qw(a b);
$t->start;

is $t->connect('one')->recv_all, 'a', 'the first group';
is $t->connect('two')->recv_all, 'b', 'the second group';
