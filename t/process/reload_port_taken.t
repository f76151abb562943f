# SPDX-License-Identifier: BSD-2-Clause
# A new port that another program has fails the reload, which changes nothing.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(descriptors);

my $text = <<'CONF';
worker_processes 1;
stream {
    server { listen 127.0.0.1:%%PORT:front%%; return old; }
}
CONF
my $t = Weir->new(plan => 7, allow_log => qr/bind\(\)|reload failed/, conf => $text)->start;
my $other = $t->http_server('taken');
my @before;
# Behind the pid file comes the command socket, and the folder is open for a moment.
wait_for(sub {
    @before = descriptors($t->master_pid);
    return -e $t->dir . '/weir.pid.sock' && !grep { $_ eq $t->dir } @before;
}, undef, 'the command socket');

$t->conf($text =~ s/processes 1/processes 3/r =~ s/return old; }/return new; }
    server { listen unix:%%DIR%%\/new.sock; return new; }
    server { listen 127.0.0.1:%%PORT:taken%%; return new; }/r);
my ($status, undef, $err) = $t->run('-s', 'reload');
is $status, 1, 'status 1';
my $port = $t->port('taken');
like $err, qr/^weir: \[emerg\] bind\(\) to 127\.0\.0\.1:$port failed \(98: Address already in use\)$/m, 'why';
like $t->log, qr/\[emerg\] .*bind\(\) to 127\.0\.0\.1:$port failed/, 'in the log, too';
is $t->connect->recv_all, 'old', 'the old configuration serves';
ok !-e $t->dir . '/new.sock', 'what was opened before the failure is gone';
is_deeply [ descriptors($t->master_pid) ], \@before, 'no descriptor is left over';
$other->stop;
($status) = $t->run('-s', 'reload');
is $status, 0, 'the next one succeeds';
