# SPDX-License-Identifier: BSD-2-Clause
# split_clients divides by the value's hash, in the given shares, the same each time.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
stream {
    split_clients $remote_addr $side {
        20% a;
        30.5% b;
        * c;
    }
    server {
        listen 127.0.0.1:%%PORT:front%%;
        return $side;
    }
}
CONF
$t->start;

my %count;
my @first = map { $t->connect('front', from => "127.1.$_.1")->recv_all } 1 .. 200;
$count{$_}++ for @first;
my @again = map { $t->connect('front', from => "127.1.$_.1")->recv_all } 1 .. 200;
is "@again", "@first", 'a client stays on its side';
cmp_ok abs($count{a} - 40), '<', 25, 'a has a fifth' or diag $count{a};
cmp_ok abs($count{b} - 61), '<', 25, 'b has three tenths' or diag $count{b};
cmp_ok abs($count{c} - 99), '<', 30, 'c has the rest' or diag $count{c};
