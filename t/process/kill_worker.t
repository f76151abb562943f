# SPDX-License-Identifier: BSD-2-Clause
# A worker that is killed is replaced at once; what was in it fails, and nothing else.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Load;
use Weir::Proc qw(wait_successor);

my $t = Weir->new(plan => 11, allow_log => qr/exited on signal 9/, conf => <<'CONF');
worker_processes 2;
http { server { listen 127.0.0.1:%%PORT:web%%; location / { return 200 "$pid"; } } }
stream {
    server { listen 127.0.0.1:%%PORT:tcp%%; proxy_pass 127.0.0.1:%%PORT:echo%%; }
    server { listen 127.0.0.1:%%PORT:pid%%; return $pid; }
}
CONF
my $echo = Weir::Load::start_echo('127.0.0.1', $t->port('echo'));
$t->start;
my @workers = sort { $a <=> $b } $t->worker_pids;

# Kept connections, by the worker that has them.
my %kept;
for (1 .. 40) {
    my $c = $t->http_connect('web');
    push @{ $kept{ $c->get('/')->body } }, $c;
}
is_deeply [ sort { $a <=> $b } keys %kept ], \@workers, 'both workers have connections';

my $wrk = Weir::Load::start_wrk('http://127.0.0.1:' . $t->port('web') . '/', seconds => 3, connections => 10);
my $hammer = Weir::Load::start_hammer('127.0.0.1', $t->port('tcp'), clients => 10);
$hammer->wait_sessions(200);
my ($victim, $other) = @workers;
$t->signal('KILL', $victim);
my ($new, $seconds) = wait_successor(sub { $t->worker_pids }, @workers);
cmp_ok $seconds, '<', scaled(0.2), 'another is there within 200 ms';
$hammer->wait_sessions(200);
my $result = $hammer->stop;
my $failed = 0;
$failed += $_ for values %{ $result->{failed} };
cmp_ok $failed, '<=', 10, 'TCP: at most what the ten clients had in it failed';
is_deeply [ grep { !/^(?:reset|short)$/ } keys %{ $result->{failed} } ], [], 'and that was cut off, nobody was refused';
$wrk->wait;
cmp_ok $wrk->{errors}, '<=', 10, 'HTTP: at most what the ten had in it failed';
is $wrk->{connect} + $wrk->{timeout} + $wrk->{non_2xx}, 0, 'nobody was refused, and no answer was wrong';

ok !(grep { !$_->is_closed } @{ $kept{$victim} }), 'connections of the killed one are closed';
is scalar(grep { $_->get('/')->body == $other } @{ $kept{$other} }), scalar @{ $kept{$other} }, 'those of the other live';
my %answers = map { $t->connect('pid')->recv_all => 1 } 1 .. 40;
is_deeply [ sort { $a <=> $b } keys %answers ], [ sort { $a <=> $b } $other, $new ], 'both serve again';
like $t->log, qr/\[alert\] .*worker process $victim exited on signal 9\n.*start worker process $new\n/, 'the log says so';
is scalar(() = $t->log =~ /start worker process/g), 3, 'one was started for one';
