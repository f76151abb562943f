# SPDX-License-Identifier: BSD-2-Clause
# A port that another program has: weir tries five times, then says so and ends with status 1.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $conf = "stream { server { listen 127.0.0.1:%%PORT:front%%; return first; } }\n";
my $t = Weir->new(plan => 6, conf => $conf)->start;
my $other = Weir->new(conf => $conf =~ s/%%PORT:front%%/$t->port('front')/er);
my ($status, undef, $err) = $other->run;
my $line = 'bind() to 127.0.0.1:' . $t->port('front') . ' failed (98: Address already in use)';

is $status, 1, 'the exit status';
my @tries = $other->log =~ /\] .*\Q$line\E/g;
is scalar @tries, 5, 'five tries';
my @said = $err =~ /^weir: \[emerg\] \Q$line\E$/mg;
is scalar @said, 1, 'the last is said on stderr';
ok !-e $other->dir . '/weir.pid', 'no pid file';
is $t->connect->recv_all, 'first', 'the other program is not disturbed';

my $server = $t->http_server('late');
$other->conf($conf =~ s/front/late/r =~ s/%%PORT:late%%/$t->port('late')/er);
my $pid = Weir::Process::spawn([ $other->binary, $other->arguments ], stderr => $other->dir . '/stderr');
wait_for(sub { $other->log =~ /try again to bind/ }, undef, 'the first try');
$server->stop;
wait_for(sub { -s $other->dir . '/weir.pid' }, undef, 'the start');
is $t->connect($t->port('late'))->recv_all, 'first', 'a port that becomes free in time is taken';
kill QUIT => $pid;
wait_for(sub { defined Weir::Process::reap($pid) }, undef, 'the end');
