# SPDX-License-Identifier: BSD-2-Clause
# 5 GB each way in one session arrive byte for byte, through pipes.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Weir::Load;
use Weir::Pipe;

my $t = Weir->new(conf => <<'CONF', plan => 4);
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
my ($worker) = $t->worker_pids;
my %pipes;
while ($flow->is_running) {
    Weir::Pipe::find($worker, \%pipes);
    Weir::Pipe::look(\%pipes);
    select undef, undef, undef, 0.02;
}
my $result = $flow->wait_bulk;
is $result->{sessions}, 1, 'it is whole';
is_deeply $result->{failed}, {}, 'nothing is wrong';
my @used = grep { $_->{most} > 0 } values %pipes;
cmp_ok scalar @used, '>=', 2, 'pipes were used';
is scalar(grep { $_->{size} < 2**20 } @used), 0, 'of full size';
