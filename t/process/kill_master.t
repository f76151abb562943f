# SPDX-License-Identifier: BSD-2-Clause
# When the master is killed its children end, so that another weir can take the port.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Process qw(is_running);
use Weir::Proc qw(control_pid);

my $t = Weir->new(plan => 3, conf => <<'CONF')->start;
worker_processes 3;
stream { server { listen 127.0.0.1:%%PORT:front%%; return hello; } }
CONF
my @children = Weir::children($t->master_pid);
is scalar @children, 4, 'three workers and control';
kill KILL => $t->master_pid;
wait_for(sub { !grep { is_running($_) } @children }, undef, 'the end of the children');
pass 'all have ended';
$t->wait_end;
$t->start;
is $t->connect->recv_all, 'hello', 'another weir starts';
