# SPDX-License-Identifier: BSD-2-Clause
# Sessions that are open at the same time do not mix.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
}
CONF
my $back = $t->echo_server('back');
$t->start;

my @clients = map { $t->connect('front') } 1 .. 60;
for my $round (1 .. 3) {
    $clients[$_]->send("$round of $_\n") for reverse 0 .. $#clients;
    for my $i (0 .. $#clients) {
        my $line = $clients[$i]->recv_line;
        fail("client $i gets its own bytes: $line") if $line ne "$round of $i";
    }
}
pass('each client got its own bytes');
is $back->accepts, 60, 'each has its own connection';
