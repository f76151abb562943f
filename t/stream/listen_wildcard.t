# SPDX-License-Identifier: BSD-2-Clause
# A listen without an address takes every IPv4 address; one with an address wins over it.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
stream {
    server {
        listen %%PORT:front%%;
        return "any $server_addr";
    }
    server {
        listen 127.0.0.5:%%PORT:front%%;
        return "five";
    }
}
CONF
$t->start;

is $t->connect('127.0.0.4:front')->recv_all, 'any 127.0.0.4', 'one address';
is $t->connect('127.0.0.6:front')->recv_all, 'any 127.0.0.6', 'another';
is $t->connect('127.0.0.5:front')->recv_all, 'five', 'the one with a server of its own';
