# SPDX-License-Identifier: BSD-2-Clause
# The share of a server that is out falls to the others evenly.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:a%%;
        server 127.0.0.1:%%PORT:bad%% weight=2 fail_timeout=60s;
        server 127.0.0.1:%%PORT:b%%;
    }
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass backs;
    }
}
CONF
$t->source_server($_, $_) for qw(a b);
$t->start;

my %count;
$count{ $t->connect('front')->recv_all }++ for 1 .. 20;
cmp_ok abs($count{a} - $count{b}), '<=', 2, 'both get about the same' or diag explain \%count;
is $count{a} + $count{b}, 20, 'and all';
