# SPDX-License-Identifier: BSD-2-Clause
# The master stays root; workers and control become the user, without any capability or a way to one.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(control_pid status_of);

plan skip_all => 'needs root' if $> != 0;
my $t = Weir->new(plan => 13, conf => "user daemon bin;\n")->start;
my ($uid, $gid) = ((getpwnam 'daemon')[2], (getgrnam 'bin')[2]);

is status_of($t->master_pid)->{Uid}, join("\t", (0) x 4), 'the master is root';
for my $pid ($t->worker_pids, control_pid($t)) {
    my $status = status_of($pid);
    is $status->{Uid}, join("\t", ($uid) x 4), 'user';
    is $status->{Gid}, join("\t", ($gid) x 4), 'group';
    is $status->{Groups}, $gid, 'supplementary groups';
    is "$status->{CapInh} $status->{CapPrm} $status->{CapEff} $status->{CapAmb}", join(' ', ('0' x 16) x 4), 'capabilities';
    is $status->{NoNewPrivs}, 1, 'no_new_privs';
}
my ($status, undef, $err) = $t->run('-t');
is $status, 0, 'a user that is there';
$t->conf("user nosuchuser;\n");
($status, undef, $err) = $t->run('-t');
like $err, qr/getpwnam\("nosuchuser"\) failed/, 'one that is not';
