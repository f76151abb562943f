# SPDX-License-Identifier: BSD-2-Clause
# What a killed worker held is counted as held no more: the places of max_conns are free again.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(wait_successor);

my $t = Weir->new(plan => 5, allow_log => qr/exited on signal 9|no live upstreams/, conf => <<'CONF');
worker_processes 2;
stream {
    upstream u { server 127.0.0.1:%%PORT:back%% max_conns=8; server 127.0.0.1:%%PORT:full%% backup; }
    server { listen 127.0.0.1:%%PORT:front%%; proxy_pass u; }
}
CONF
$t->greeting_server('back', "taken\n");
$t->greeting_server('full', "full\n");
$t->start;

sub take { return map { my $c = $t->connect; [ $c->recv_line, $c ] } 1 .. $_[0] }

my @taken = take(8);
is join(' ', map { $_->[0] } @taken), join(' ', ('taken') x 8), 'all places are taken';
is +(take(1))[0][0], 'full', 'there is none left';
my @workers = $t->worker_pids;
$t->signal('KILL', $workers[0]);
wait_successor(sub { $t->worker_pids }, @workers);
my @left = grep { !$_->[1]->has_news(0.1) } @taken;
my @again = take(8 - @left);
is join(' ', map { $_->[0] } @again), join(' ', ('taken') x @again), 'the places of the killed one are free';
is +(take(1))[0][0], 'full', 'those, and no more';
@workers = $t->worker_pids;
$t->signal('KILL', $_) for @workers;
wait_for(sub { my %was = map { $_ => 1 } @workers; 2 == grep { !$was{$_} } $t->worker_pids }, undef, 'two new ones');
is join(' ', map { $_->[0] } take(8)), join(' ', ('taken') x 8), 'after the end of both all are free';
