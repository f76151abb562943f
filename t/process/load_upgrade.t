# SPDX-License-Identifier: BSD-2-Clause
# runs alone
# A change of the binary, and one that is taken back, under load: no request and no session fails.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Load;
use Weir::Proc qw(upgrade wait_gone);

my $text = <<'CONF';
worker_processes N;
http {
    upstream app { server 127.0.0.1:%%PORT:back1%%; server 127.0.0.1:%%PORT:back2%%; }
    server { listen 127.0.0.1:%%PORT:own%%; location / { return 200 own; } }
    server { listen 127.0.0.1:%%PORT:proxied%%; location / { proxy_pass http://app; } }
    server { listen 127.0.0.1:%%PORT:back1%%; listen 127.0.0.1:%%PORT:back2%%; location / { return 200 back; } }
}
stream { server { listen 127.0.0.1:%%PORT:tcp%%; proxy_pass 127.0.0.1:%%PORT:echo%%; } }
CONF
my $t = Weir->new(plan => 6, conf => $text =~ s/N/2/r);
my $echo = Weir::Load::start_echo('127.0.0.1', $t->port('echo'));
$t->start;
my @wrks = map { Weir::Load::start_wrk('http://127.0.0.1:' . $t->port($_) . '/', seconds => 8, connections => 10) } qw(own proxied);
my $hammer = Weir::Load::start_hammer('127.0.0.1', $t->port('tcp'), clients => 10);
my $slow = Weir::Load::start_hammer('127.0.0.1', $t->port('tcp'), clients => 10, pause_ms => 200);

sub serves { $hammer->wait_sessions(300) }

serves();
my ($old, $new) = upgrade($t);
serves();
$t->signal(QUIT => $old);
wait_gone($old);
serves();

$t->conf($text =~ s/N/4/r);
($old, $new) = upgrade($t);
serves();
$t->signal(QUIT => $new);
wait_gone($new);
serves();

($old, $new) = upgrade($t);
$t->signal(WINCH => $old);
wait_for(sub { !grep { !$t->is_draining($_) } $t->worker_pids($old) }, undef, 'the old workers to drain');
serves();
$t->signal(HUP => $old);
wait_for(sub { grep { !$t->is_draining($_) } $t->worker_pids($old) }, undef, 'old workers again');
$t->signal(QUIT => $new);
wait_gone($new);
serves();

is_deeply $_->stop->{failed}, {}, 'no session failed' for $hammer, $slow;
for my $wrk (@wrks) {
    $wrk->wait;
    is $wrk->{errors}, 0, "none of $wrk->{requests} requests failed" or diag $wrk->text;
    is $wrk->{non_2xx}, 0, 'no answer was an error';
}
