# SPDX-License-Identifier: BSD-2-Clause
# A small proxy_buffer_size changes nothing of what arrives.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 1);
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
        proxy_buffer_size 1;
    }
}
CONF
$t->echo_server('back');
$t->start;

my $bytes = bytes(1_000_000);
ok $t->connect('front')->exchange($bytes, keep => 1, want => length $bytes) eq $bytes,
    'byte for byte';
