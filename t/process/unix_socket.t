# SPDX-License-Identifier: BSD-2-Clause
# The files of UNIX sockets go with weir, one that was left over by a killed weir is replaced, and one
# that somebody listens behind is left alone.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 7, conf => "stream { server { listen unix:%%DIR%%/a.sock; return hello; } }\n");
for my $signal (qw(QUIT TERM)) {
    $t->start;
    is $t->connect('unix:a.sock')->recv_all, 'hello', 'it serves';
    $t->stop($signal);
    ok !-e $t->dir . '/a.sock', "$signal removes the file";
}
$t->start;
$t->signal('KILL');
$t->wait_end;
ok -e $t->dir . '/a.sock', 'KILL cannot';
unlink $t->dir . '/weir.pid';
$t->start;
is $t->connect('unix:a.sock')->recv_all, 'hello', 'the next weir takes it over';
my $other = Weir->new(conf => "stream { server { listen unix:" . $t->dir . "/a.sock; return no; } }\n");
$other->run;
is $t->connect('unix:a.sock')->recv_all, 'hello', 'but no other does';
