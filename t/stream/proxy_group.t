# SPDX-License-Identifier: BSD-2-Clause
# proxy_pass names an upstream group; its servers take turns.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 1);
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:a%%;
        server 127.0.0.1:%%PORT:b%%;
        server 127.0.0.1:%%PORT:c%%;
    }
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass backs;
    }
}
CONF
$t->source_server($_, $_) for qw(a b c);
$t->start;

is join('', map { $t->connect('front')->recv_all } 1 .. 6), 'abcabc', 'one after the other';
