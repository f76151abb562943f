# SPDX-License-Identifier: BSD-2-Clause
# 5 GB each way in one session arrive byte for byte.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Weir::Load;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
}
CONF
Weir::Process::set_test_timeout(300);
Weir::Load::start_echo('127.0.0.1', $t->port('back'));
$t->start;

my $flow = Weir::Load::start_bulk('127.0.0.1', $t->port('front'), bytes => 5 * 2**30);
my $result = $flow->wait_bulk(240);
is $result->{sessions}, 1, 'it is whole';
is_deeply $result->{failed}, {}, 'nothing is wrong';
