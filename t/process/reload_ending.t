# SPDX-License-Identifier: BSD-2-Clause
# A weir that is ending does not reload: -s reload says so.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 4, conf => "stream { server { listen 127.0.0.1:%%PORT:tcp%%; proxy_pass 127.0.0.1:%%PORT:echo%%; } }\n");
$t->echo_server('echo');
$t->start;
my $c = $t->connect('tcp');
$c->send("a\n");
is $c->recv_line, 'a', 'a session';
$t->signal('QUIT');
wait_for(sub { $t->connect_error('tcp', timeout => 0.1) eq 'ECONNREFUSED' }, undef, 'the end of the listener');
my ($status, undef, $err) = $t->run('-s', 'reload');
is $status, 1, 'status 1';
like $err, qr/^weir: \[emerg\] the master process ends$/m, 'why';
$c->close;
is $t->wait_end, 0, 'it ends with the session';
