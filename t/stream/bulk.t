# SPDX-License-Identifier: BSD-2-Clause
# 20 MB go each way at once and arrive byte for byte.
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
$t->echo_server('back');
$t->start;

my $bytes = bytes(20_000_000);
my $got = $t->connect('front')->exchange($bytes, keep => 1, want => length $bytes);
is length $got, length $bytes, 'all of them';
ok $got eq $bytes, 'each the one that was sent';
