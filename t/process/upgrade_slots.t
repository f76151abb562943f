# SPDX-License-Identifier: BSD-2-Clause
# A new binary with more workers has sockets of its own; when it is taken back, what waits in them is
# served before it ends.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Load;
use Weir::Proc qw(upgrade wait_gone);

my $text = <<'CONF';
worker_processes N;
stream {
    server { listen 127.0.0.1:%%PORT:front%%; return "hello\n"; }
    server { listen 127.0.0.1:%%PORT:tcp%%; proxy_pass 127.0.0.1:%%PORT:echo%%; }
}
CONF
my $t = Weir->new(plan => 3, conf => $text =~ s/N/1/r);
my $echo = Weir::Load::start_echo('127.0.0.1', $t->port('echo'));
$t->start;
my $hammer = Weir::Load::start_hammer('127.0.0.1', $t->port('tcp'));
$hammer->wait_sessions(100);
$t->conf($text =~ s/N/4/r);
my ($old, $new) = upgrade($t);
my @workers = $t->worker_pids($new);
is scalar @workers, 4, 'four new workers';
$hammer->wait_sessions(100);
kill STOP => @workers;
my @waiting = map { $t->connect } 1 .. 40;
$t->signal(QUIT => $new);
kill CONT => @workers;
is join('', map { $_->recv_line } @waiting), 'hello' x 40, 'who waited is served';
$_->close for @waiting;
wait_gone($new);
$hammer->wait_sessions(100);
is_deeply $hammer->stop->{failed}, {}, 'no session failed';
