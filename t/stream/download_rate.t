# SPDX-License-Identifier: BSD-2-Clause
# proxy_download_rate limits what the client gets per second.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
stream {
    server {
        listen 127.0.0.1:%%PORT:slow%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
        proxy_download_rate 200k;
    }
    server {
        listen 127.0.0.1:%%PORT:fast%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
}
CONF
my $bytes = bytes(300 * 1024);
$t->source_server('back', $bytes);
$t->start;

my $begin = now();
ok $t->connect('slow')->recv_all eq $bytes, 'all arrives';
my $slow = now() - $begin;
cmp_ok $slow, '>=', 0.45, 'not before its time';
cmp_ok $slow, '<', scaled(3), 'and not long after';
$begin = now();
$t->connect('fast')->recv_all;
cmp_ok now() - $begin, '<', $slow / 2, 'elsewhere there is no limit';
