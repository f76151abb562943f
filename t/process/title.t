# SPDX-License-Identifier: BSD-2-Clause
# ps shows what each process is.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 4, conf => <<'CONF')->start;
worker_processes 2;
stream { server { listen 127.0.0.1:%%PORT:front%%; proxy_pass 127.0.0.1:%%PORT:echo%%; } }
CONF
$t->echo_server('echo');

sub titles {
    my @titles = map { slurp("/proc/$_/cmdline") =~ s/\0+$//r } $t->master_pid, Weir::children($t->master_pid);
    return sort @titles;
}

is_deeply [ titles() ], [ 'weir: control process', 'weir: master process', ('weir: worker process') x 2 ], 'all that run';
my ($control) = grep { slurp("/proc/$_/cmdline") =~ /control/ } Weir::children($t->master_pid);
is slurp("/proc/$control/comm"), slurp('/proc/' . $t->master_pid . '/comm'), 'all have one name';
my $c = $t->connect;
$c->send("a\n");
is $c->recv_line, 'a', 'a session';
$t->reload;
wait_for(sub { my @all = titles(); @all == 5 }, undef, 'the end of the idle ones');
is scalar(grep { $_ eq 'weir: worker process is shutting down' } titles()), 1, 'one still drains';
$c->close;
