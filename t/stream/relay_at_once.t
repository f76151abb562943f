# SPDX-License-Identifier: BSD-2-Clause
# Each byte is passed on as it comes, both ways.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 20);
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
}
CONF
$t->echo_server('back');
$t->start;

my $client = $t->connect('front');
for my $byte (map { chr $_ * 13 % 256 } 1 .. 20) {
    $client->send($byte);
    is $client->recv_bytes(1), $byte, sprintf 'byte 0x%02x', ord $byte;
}
