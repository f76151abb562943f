# SPDX-License-Identifier: BSD-2-Clause
# HUP and -s reload bring a new configuration into use; -s returns when it serves, with status 0.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $text = "stream { server { listen 127.0.0.1:%%PORT:front%%; return TEXT; } }\n";
my $t = Weir->new(plan => 7, conf => $text =~ s/TEXT/one/r)->start;

is $t->connect->recv_all, 'one', 'the first';
$t->conf($text =~ s/TEXT/two/r);
my ($status, $out, $err) = $t->run('-s', 'reload');
is $status, 0, '-s reload';
is "$out$err", '', 'without a word';
is $t->connect->recv_all, 'two', 'the second serves by then';
$t->reload($text =~ s/TEXT/three/r);
is $t->connect->recv_all, 'three', 'HUP';
like $t->log, qr/signal 1 \(SIGHUP\) received from $$\n.*reconfiguring/, 'the log tells who asked';
wait_for(sub { my @workers = $t->worker_pids; @workers == 1 }, undef, 'the end of the old workers');
pass 'old workers without connections end';
