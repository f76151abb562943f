# SPDX-License-Identifier: BSD-2-Clause
# Zones outlive a change of the binary: whose turn it is, who is out of service, how many sessions a
# server has.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(upgrade wait_gone);

my $t = Weir->new(plan => 10, conf => <<'CONF');
stream {
    upstream turns { server 127.0.0.1:%%PORT:one%%; server 127.0.0.1:%%PORT:two%%; server 127.0.0.1:%%PORT:three%%; }
    upstream failing { server 127.0.0.1:%%PORT:bad%% fail_timeout=60s; server 127.0.0.1:%%PORT:good%%; }
    upstream full { server 127.0.0.1:%%PORT:held%% max_conns=1; server 127.0.0.1:%%PORT:good%% backup; }
    log_format tried "$upstream_addr";
    server { listen 127.0.0.1:%%PORT:turns%%; proxy_pass turns; }
    server { listen 127.0.0.1:%%PORT:failing%%; proxy_pass failing; access_log %%DIR%%/tried.log tried; }
    server { listen 127.0.0.1:%%PORT:full%%; proxy_pass full; }
}
CONF
$t->source_server($_, $_) for qw(one two three good);
$t->greeting_server('held', "held\n");
$t->start;

is $t->connect('turns')->recv_all, 'one', 'it is the turn of the second';
is $t->connect('failing')->recv_all, 'good', 'the bad one was tried';
my $held = $t->connect('full');
is $held->recv_line, 'held', 'the only place is taken';

my ($old, $new) = upgrade($t);
$t->signal(WINCH => $old);
wait_for(sub { !grep { !$t->is_draining($_) } $t->worker_pids($old) }, undef, 'the old workers to drain');
is $t->connect('turns')->recv_all, 'two', 'the new binary goes on with the turns';
is $t->connect('full')->recv_all, 'good', 'knows that the place is taken';
$t->connect('failing')->recv_all for 1 .. 6;
my $bad = '127.0.0.1:' . $t->port('bad');
is scalar(grep { /\Q$bad\E/ } $t->wait_lines('tried.log', 7)), 1, 'and that the bad one is out';

$held->close;
wait_for(sub { !$t->worker_pids($old) }, undef, 'the end of the old worker');
$held = $t->connect('full');
is $held->recv_line, 'held', 'what the old one held it gives back';
$t->signal(HUP => $old);
wait_for(sub { scalar $t->worker_pids($old) }, undef, 'the old workers again');
$t->signal(QUIT => $new);
wait_for(sub { !grep { !$t->is_draining($_) } $t->worker_pids($new) }, undef, 'the new workers to drain');
is $t->connect('turns')->recv_all, 'three', 'rolled back, the old one goes on with the turns';
is $t->connect('full')->recv_all, 'good', 'and with the places';
$held->close;
wait_gone($new);
$held = $t->connect('full');
is $held->recv_line, 'held', 'also with those of the dead';
$held->close;
