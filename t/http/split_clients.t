# SPDX-License-Identifier: BSD-2-Clause
# split_clients divides requests by a value's hash, in the given shares.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    split_clients $arg_user $side {
        10% a;
        * b;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 $side; }
    }
}
CONF
$t->start;

my $c = $t->http_connect('web');
my @first = map { $c->get("/?user=u$_")->body } 1 .. 900;
my @again = map { $c->get("/?user=u$_")->body } reverse 1 .. 90;
my $count = grep { $_ eq 'a' } @first;
cmp_ok abs($count - 90), '<', 40, 'a tenth' or diag $count;
is scalar(grep { $_ eq 'b' } @first), 900 - $count, 'the rest';
is "@again", join(' ', reverse @first[0 .. 89]), 'the same user has the same side';
