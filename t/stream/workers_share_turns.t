# SPDX-License-Identifier: BSD-2-Clause
# All workers together keep the turns of a group.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 1);
worker_processes 3;
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:a%% weight=2;
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

my %count;
$count{ $t->connect('front')->recv_all }++ for 1 .. 40;
is_deeply \%count, { a => 20, b => 10, c => 10 }, 'exactly their shares';
