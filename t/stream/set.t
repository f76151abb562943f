# SPDX-License-Identifier: BSD-2-Clause
# set gives a variable a value.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        set $a "<$remote_addr>";
        set $b "$a and more";
        return $b;
    }
    server {
        listen 127.0.0.1:%%PORT:group%%;
        set $where 127.0.0.1:%%PORT:back%%;
        proxy_pass $where;
    }
}
CONF
$t->source_server('back', 'x');
$t->start;

is $t->connect('front')->recv_all, '<127.0.0.1> and more', 'in its order';
is $t->connect('group')->recv_all, 'x', 'and proxy_pass can use it';
