# SPDX-License-Identifier: BSD-2-Clause
# Started by somebody else than root, weir stays who it is, and says that `user` means nothing.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(status_of);

plan skip_all => 'needs root, to become somebody else' if $> != 0;
my $t = Weir->new(plan => 5, user => 'nobody', conf => <<'CONF')->start;
user daemon;
stream { server { listen 127.0.0.1:%%PORT:front%%; return hello; } }
CONF
my $uid = getpwnam 'nobody';

is $t->connect->recv_all, 'hello', 'it serves';
for my $pid ($t->worker_pids) {
    is status_of($pid)->{Uid}, join("\t", ($uid) x 4), 'as who it was';
    is status_of($pid)->{NoNewPrivs}, 1, 'with no way to more';
}
like $t->read('stderr'), qr/\[warn\] the "user" directive makes sense only if/, 'a warning';
$t->reload;
is $t->connect->recv_all, 'hello', 'and it can reload';
