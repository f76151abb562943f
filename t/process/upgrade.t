# SPDX-License-Identifier: BSD-2-Clause
# USR2 starts a new binary beside the old one, on the same sockets; the pid file is its, the old one's
# is named .oldbin. QUIT to the old one ends the change.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(upgrade wait_gone descriptors);

my $t = Weir->new(plan => 13, conf => <<'CONF')->start;
worker_processes 2;
stream {
    server { listen 127.0.0.1:%%PORT:front%%; return $pid; }
    server { listen 127.0.0.1:%%PORT:tcp%%; proxy_pass 127.0.0.1:%%PORT:echo%%; }
    server { listen unix:%%DIR%%/a.sock; return unix; }
}
CONF
$t->echo_server('echo');
my $session = $t->connect('tcp');
$session->send("a\n");
is $session->recv_line, 'a', 'a session';
my @files = descriptors($t->master_pid);
my %is_worker = map { $_ => 1 } $t->worker_pids;

my ($old, $new) = upgrade($t);
is $t->read('weir.pid.oldbin'), "$old\n", 'the pid file of the old one';
ok -S $t->dir . '/weir.pid.oldbin.sock', 'and its socket';
ok -S $t->dir . '/weir.pid.sock', 'the new one has one, too';
$is_worker{$_} = 2 for $t->worker_pids;
wait_for(sub { ($is_worker{ $t->connect->recv_all } // 0) == 1 }, undef, 'an answer of the old one');
wait_for(sub { ($is_worker{ $t->connect->recv_all } // 0) == 2 }, undef, 'an answer of the new one');
pass 'both serve';
is scalar(grep { $t->connect('unix:a.sock')->recv_all eq 'unix' } 1 .. 20), 20, 'on the UNIX socket as well';

$t->signal(QUIT => $old);
wait_for(sub { $is_worker{ $t->connect->recv_all } == 2 } , undef, 'the new one alone') for 1 .. 20;
$session->send("b\n");
is $session->recv_line, 'b', 'the session goes on in the old one';
$session->close;
ok wait_gone($old), 'with it the old one ends';
$t->wait_log(qr/the old binary has ended/);
ok !-e $t->dir . '/weir.pid.oldbin', 'its pid file is gone';
is $t->read('weir.pid'), "$new\n", 'the other is as it was';
is $t->connect('unix:a.sock')->recv_all, 'unix', 'so is the file of the UNIX socket';
is_deeply [ descriptors($new) ], \@files, 'the new master has no other descriptors than the old one had';
$t->stop;
ok !-e $t->dir . '/a.sock', 'the last one removes the socket\'s file';
