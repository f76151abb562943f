# SPDX-License-Identifier: BSD-2-Clause
# Weights are kept within each cycle, and spread smoothly over it.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:a%% weight=5;
        server 127.0.0.1:%%PORT:b%%;
        server 127.0.0.1:%%PORT:c%%;
    }
    upstream others {
        server 127.0.0.1:%%PORT:a%% weight=3;
        server 127.0.0.1:%%PORT:b%% weight=2;
    }
    server {
        listen 127.0.0.1:%%PORT:one%%;
        proxy_pass backs;
    }
    server {
        listen 127.0.0.1:%%PORT:two%%;
        proxy_pass others;
    }
}
CONF
$t->source_server($_, $_) for qw(a b c);
$t->start;

is join('', map { $t->connect('one')->recv_all } 1 .. 14), 'aabacaaaabacaa', '5, 1, 1';
is join('', map { $t->connect('two')->recv_all } 1 .. 10), 'ababaababa', '3, 2';
