# SPDX-License-Identifier: BSD-2-Clause
# A change of the binary can be taken back: QUIT to the new one; or, when the old one has let its
# workers go (WINCH), HUP, or the end of the new one.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(upgrade wait_gone);

my $text = "stream { server { listen 127.0.0.1:%%PORT:front%%; listen unix:%%DIR%%/a.sock; return TEXT; } }\n";
my $t = Weir->new(plan => 15, conf => $text =~ s/TEXT/old/r, allow_log => qr/exited on signal 9/)->start;
my $old = $t->master_pid;

sub is_back {
    my ($new, $how) = @_;
    wait_gone($new);
    wait_for(sub { $t->master_pid == $old }, undef, 'the pid file to be back');
    is $t->connect->recv_all, 'old', "$how: the old one serves";
    is $t->connect('unix:a.sock')->recv_all, 'old', 'on the UNIX socket as well';
    ok !-e $t->dir . '/weir.pid.oldbin', 'its pid file has its name again';
    return;
}

my (undef, $new) = upgrade($t);
$t->signal(QUIT => $new);
is_back($new, 'QUIT to the new one');

$t->conf($text =~ s/TEXT/new/r);
(undef, $new) = upgrade($t);
$t->signal(WINCH => $old);
wait_for(sub { !$t->worker_pids($old) }, undef, 'the end of the old workers');
is $t->connect->recv_all, 'new', 'after WINCH the new one serves';
ok -e $t->dir . '/weir.pid.oldbin', 'and the old master waits';
$t->signal(HUP => $old);
wait_for(sub { scalar $t->worker_pids($old) }, undef, 'old workers again');
$t->signal(QUIT => $new);
is_back($new, 'HUP to the old one, with the configuration of before');

(undef, $new) = upgrade($t);
$t->signal(WINCH => $old);
wait_for(sub { !$t->worker_pids($old) }, undef, 'the end of the old workers');
$t->signal(KILL => $new);
is_back($new, 'the sudden end of the new one');

is +($t->run('-s', 'reload'))[0], 0, '-s reload finds it again';
is $t->connect->recv_all, 'new', 'and brings the new configuration';
like $t->log, qr/letting the workers go/, 'the log tells of it';
is join(' ', map { s{.*/}{}r } glob $t->dir . '/weir.pid*'), 'weir.pid weir.pid.sock', 'nothing is left over';
