# SPDX-License-Identifier: BSD-2-Clause
# A bad configuration changes nothing: -s reload exits 1 with the errors, and the log has them, after HUP
# too.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 9, allow_log => qr/"lsten"|"retrun"|reload failed/, conf => <<'CONF')->start;
stream { server { listen 127.0.0.1:%%PORT:front%%; return old; } }
CONF
my $children = join ' ', sort(Weir::children($t->master_pid));
my $c = $t->connect;

$t->write('weir.conf', "stream { server { lsten 1;\n retrun x; } }\nevents { }\n");
my ($status, $out, $err) = $t->run('-s', 'reload');
is $status, 1, 'status 1';
my $path = $t->dir . '/weir.conf';
like $err, qr/^weir: \[emerg\] unknown directive "lsten" in \Q$path\E:1\n +1 \| .*\n +\| +\^+ did you mean "listen"\?$/m, 'the error, shown in its line';
like $err, qr/^weir: \[emerg\] unknown directive "retrun" in \Q$path\E:2$/m, 'and the next';
is $out, '', 'on stderr';
$t->wait_log(qr/reload failed: the configuration has errors; the old configuration goes on/);
like $t->log, qr/\[emerg\] \d+#\d+: unknown directive "lsten" in \Q$path\E:1\n.*\[emerg\] .*"retrun" in \Q$path\E:2\n/, 'and in the log of the master';
unlink $t->dir . '/error.log';
$t->signal('USR1');
wait_for(sub { -e $t->dir . '/error.log' }, undef, 'a new log');

$t->signal('HUP');
$t->wait_log(qr/reload failed: the configuration has errors; the old configuration goes on/);
like $t->log, qr/\[emerg\] \d+#\d+: unknown directive "lsten" in \Q$path\E:1\n/, 'HUP: the log has it';
is $t->connect->recv_all, 'old', 'the old configuration serves';
is $c->recv_all, 'old', 'and who was connected is not disturbed';
is join(' ', sort(Weir::children($t->master_pid))), $children, 'by the same processes';
