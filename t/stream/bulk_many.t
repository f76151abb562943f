# SPDX-License-Identifier: BSD-2-Clause
# 200 flows at once arrive byte for byte, with a privileged master and without.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Weir::Load;

plan skip_all => 'only root can become another user' if $>;
for my $user ('root', 'nobody') {
    my $t = Weir->new(conf => <<'CONF', user => $user, plan => 2);
worker_rlimit_nofile 8192;
events { worker_connections 2048; }
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
}
CONF
    Weir::Load::start_echo('127.0.0.1', $t->port('back'));
    $t->start;

    my @flows = (flows => 200, bytes => 1_000_001);
    my $result = Weir::Load::start_bulk('127.0.0.1', $t->port('front'), @flows)->wait_bulk;
    is $result->{sessions}, 200, "started as $user: flows that are whole";
    is_deeply $result->{failed}, {}, "started as $user: flows that are not";
    $t->stop;
}
