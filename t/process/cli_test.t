# SPDX-License-Identifier: BSD-2-Clause
# -t looks at a configuration and starts nothing: no port is bound, no pid file is touched.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 7, conf => <<'CONF');
stream { server { listen 127.0.0.1:%%PORT:front%%; return "first\n"; } }
CONF
$t->start;
my $pid = $t->read('weir.pid');

my ($status, undef, $err) = $t->run('-t');
is $status, 0, 'a port that is taken is no matter';
like $err, qr/syntax is ok\n.*test is successful\n\z/, 'nginx\'s two lines';
is $t->read('weir.pid'), $pid, 'the pid file is as it was';
is $t->connect->recv_all, "first\n", 'who runs is not disturbed';

$t->write('weir.conf', "stream { server { lsten 1; } }\nevents { }\n");
($status, undef, $err) = $t->run('-t');
is $status, 1, 'a wrong one';
like $err, qr/unknown directive "lsten".*did you mean "listen"\?/s, 'what is wrong';
like $err, qr/weir\.conf test failed/, 'and that it failed';
