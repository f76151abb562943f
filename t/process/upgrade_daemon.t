# SPDX-License-Identifier: BSD-2-Clause
# A daemon's binary is changed like any other's: the new one stays a child of the old one until that
# ends.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(upgrade wait_gone keep_daemon parent_of);

my $t = Weir->new(plan => 4, conf => "daemon on;\nstream { server { listen 127.0.0.1:%%PORT:front%%; return hello; } }\n")->start;
keep_daemon($t);
my ($old, $new) = upgrade($t);
is parent_of($new), $old, 'the new one is a child of the old one';
$t->signal(QUIT => $old);
wait_gone($old);
is $t->connect->recv_all, 'hello', 'then it serves alone';
($old, $new) = upgrade($t);
is parent_of($new), $old, 'and can be changed in its turn';
$t->signal(QUIT => $old);
wait_gone($old);
is $t->connect->recv_all, 'hello', 'which serves';
