# SPDX-License-Identifier: BSD-2-Clause
# Without the command socket -s reload sends HUP.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $text = "stream { server { listen 127.0.0.1:%%PORT:front%%; return TEXT; } }\n";
my $t = Weir->new(plan => 3, conf => $text =~ s/TEXT/old/r)->start;
is sprintf('%o', (stat $t->dir . '/weir.pid.sock')[2] & 07777), '600', 'the socket is its owner\'s';
unlink $t->dir . '/weir.pid.sock';
$t->conf($text =~ s/TEXT/new/r);
my ($status) = $t->run('-s', 'reload');
is $status, 0, 'the signal was sent';
wait_for(sub { $t->connect->recv_all eq 'new' }, undef, 'the new configuration');
like $t->log, qr/SIGHUP/, 'by HUP';
