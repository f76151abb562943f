# SPDX-License-Identifier: BSD-2-Clause
# 20 MB from a server that ends after the last byte arrive whole.
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
my $bytes = bytes(20_000_000);
$t->source_server('back', $bytes);
$t->start;

ok $t->connect('front')->recv_all eq $bytes, 'byte for byte';
