# SPDX-License-Identifier: BSD-2-Clause
# A signal that is sent to all processes of weir, the master excepted, ends none of them, however new it
# is: neither the check of a configuration nor a worker before it is ready.
use FindBin;
use lib "$FindBin::Bin/../lib";
use POSIX ();
use Weir;

my $t = Weir->new(plan => 2, conf => "stream { server { listen 127.0.0.1:%%PORT:front%%; return hello; } }\n")->start;
my $master = $t->master_pid;
my $sender = fork // die $!;
if (!$sender) {
    # Faster than processes() would find them.
    while (getppid() != 1) {
        open my $list, '<', "/proc/$master/task/$master/children" or last;
        kill $_ => split ' ', <$list> // '' for qw(HUP USR2 WINCH);
        close $list;
    }
    POSIX::_exit(0);
}
$t->reload for 1 .. 20;
kill KILL => $sender;
waitpid $sender, 0;
is $t->connect->recv_all, 'hello', 'twenty reloads succeed';
unlike $t->log, qr/on signal/, 'and no process is ended by a signal';
