# SPDX-License-Identifier: BSD-2-Clause
# 20 MB from a client that ends after the last byte arrive whole.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Digest::SHA qw(sha256_hex);

my $t = Weir->new(conf => <<'CONF', plan => 1);
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
        proxy_half_close on;
    }
}
CONF
my $bytes = bytes(20_000_000);
$t->sink_server('back');
$t->start;

is $t->connect('front')->exchange($bytes), '20000000 ' . sha256_hex($bytes) . "\n", 'byte for byte';
