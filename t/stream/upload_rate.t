# SPDX-License-Identifier: BSD-2-Clause
# proxy_upload_rate limits what the server gets per second.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Digest::SHA qw(sha256_hex);

my $t = Weir->new(conf => <<'CONF', plan => 3);
stream {
    server {
        listen 127.0.0.1:%%PORT:slow%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
        proxy_upload_rate 200k;
        proxy_half_close on;
    }
}
CONF
my $bytes = bytes(300 * 1024);
$t->sink_server('back');
$t->start;

my $begin = now();
is $t->connect('slow')->exchange($bytes), length($bytes) . ' ' . sha256_hex($bytes) . "\n",
    'all arrives';
my $slow = now() - $begin;
cmp_ok $slow, '>=', 0.45, 'not before its time';
cmp_ok $slow, '<', scaled(3), 'and not long after';
