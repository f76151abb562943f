# SPDX-License-Identifier: BSD-2-Clause
# A session is passed to the address in proxy_pass.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
}
CONF
my $back = $t->echo_server('back');
$t->start;

my $client = $t->connect('front');
$client->send("hello\n");
is $client->recv_line, 'hello', 'the echo comes back';
$client->send("again\n");
is $client->recv_line, 'again', 'and once more';
is $back->accepts, 1, 'over one connection to the server';
