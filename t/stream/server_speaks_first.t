# SPDX-License-Identifier: BSD-2-Clause
# A server that speaks first is heard before the client has sent a byte.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 1);
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
}
CONF
$t->greeting_server('back', "220 ready\r\n");
$t->start;

is $t->connect('front')->recv_line, '220 ready', 'the greeting';
