# SPDX-License-Identifier: BSD-2-Clause
# conf/database.conf does what its comments say.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

Weir->in_namespace;
for my $last (1, 21, 22) {
    system('ip', 'addr', 'add', "10.0.0.$last/32", 'dev', 'lo') == 0 or die 'ip addr add';
}
my $t = Weir->new(conf => slurp(Weir::TOP . '/conf/database.conf'), plan => 5);
my $first = $t->greeting_server('10.0.0.21:3306', "I am the first\n");
my $second = $t->greeting_server('10.0.0.22:3306', "I am the second\n");
$t->start;

my $open = $t->connect('127.0.0.1:3306');
is $open->recv_line, 'I am the first', 'the first server is used';
is $t->connect('127.0.0.1:3306')->recv_line, 'I am the first', 'for all sessions';
is $second->accepts, 0, 'and the second is not';
$first->stop;
ok $open->is_closed, 'its sessions end with it';
is $t->connect('127.0.0.1:3306')->recv_line, 'I am the second', 'the second is used while it is away';
