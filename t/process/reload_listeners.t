# SPDX-License-Identifier: BSD-2-Clause
# A listener that leaves refuses new connections, and who waits in it is served; it may come back at
# once. The file of a UNIX socket goes with its listener.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $stays = "server { listen 127.0.0.1:%%PORT:stays%%; return stays; }";
my $goes = "server { listen 127.0.0.1:%%PORT:goes%%; listen unix:%%DIR%%/goes.sock; return goes; }";
my $t = Weir->new(plan => 11, conf => "worker_processes 2;\nstream { $stays $goes }\n")->start;
is $t->connect('unix:goes.sock')->recv_all, 'goes', 'a UNIX socket';

kill STOP => $t->worker_pids;
my @waiting = map { $t->connect('goes') } 1 .. 20;
push @waiting, $t->connect('unix:goes.sock');
my @old = $t->worker_pids;
$t->conf("worker_processes 2;\nstream { $stays }\n");
is +($t->run('-s', 'reload'))[0], 0, 'the listener is taken out';
kill CONT => @old;
is join(' ', map { $_->recv_all } @waiting), join(' ', ('goes') x 21), 'who waited is served';
ok !-e $t->dir . '/goes.sock', 'the file is gone';
wait_for(sub { $t->connect_error('goes', timeout => 0.2) eq 'ECONNREFUSED' }, undef, 'the refusal');
pass 'it refuses';
is $t->connect('stays')->recv_all, 'stays', 'the other stays';

$t->reload("worker_processes 2;\nstream { $stays $goes }\n");
$t->reload("worker_processes 2;\nstream { $stays }\n");
my $late = $t->connect_error('goes', timeout => 0.2);
$t->conf("worker_processes 3;\nstream { $stays $goes }\n");
is +($t->run('-s', 'reload'))[0], 0, 'it comes back before it has quite gone';
like $late, qr/^(?:ETIMEDOUT|ECONNREFUSED)$/, 'when it let nobody in';
is $t->connect('goes')->recv_all, 'goes', 'and serves';
is $t->connect('unix:goes.sock')->recv_all, 'goes', 'as does the UNIX socket';
wait_for(sub { my @workers = $t->worker_pids; @workers == 3 }, undef, 'the end of the old ones');
is $t->connect('goes')->recv_all, 'goes', 'also when the old workers are gone';
