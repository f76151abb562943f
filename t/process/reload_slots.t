# SPDX-License-Identifier: BSD-2-Clause
# With fewer workers the slots of those that go are served by the others: what waits in them is not
# reset.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $text = "worker_processes N;\nstream { server { listen 127.0.0.1:%%PORT:front%%; return \"\$pid\\n\"; } }\n";
my $t = Weir->new(plan => 3, conf => $text =~ s/N/4/r)->start;
my @old = $t->worker_pids;

kill STOP => @old;
my @waiting = map { $t->connect } 1 .. 40;
$t->conf($text =~ s/N/2/r);
is +($t->run('-s', 'reload'))[0], 0, 'from four workers to two';
my %served = map { $_ => 1 } map { $_->recv_line } @waiting;
my %is_old = map { $_ => 1 } @old;
my @new = sort grep { !$is_old{$_} } $t->worker_pids;
is_deeply [ sort keys %served ], \@new, 'all who waited are served, by the two';
kill CONT => @old;
wait_for(sub { my @workers = $t->worker_pids; @workers == 2 }, undef, 'the end of the old ones');
is $t->connect->recv_line =~ /^\d+$/, 1, 'and it goes on';
