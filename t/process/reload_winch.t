# SPDX-License-Identifier: BSD-2-Clause
# WINCH during a reload lets the workers of that reload go, too; the next reload brings new ones.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 3, conf => "stream { server { listen 127.0.0.1:%%PORT:front%%; return old; } }\n")->start;
$t->conf("stream { server { listen 127.0.0.1:%%PORT:front%%; return new; } }\n");
$t->signal('HUP');
$t->signal('WINCH');
$t->wait_log(qr/letting the workers go/);
wait_for(sub { !Weir::children($t->master_pid) }, undef, 'the end of the workers');
like $t->log, qr/start worker process.*start worker process.*letting the workers go/s, 'after the reload all workers go';
$t->signal('HUP');
wait_for(sub { $t->serving_pids }, undef, 'new workers');
is $t->connect->recv_all, 'new', 'HUP brings new ones';
is scalar(() = $t->log =~ /letting the workers go/g), 1, 'which stay';
