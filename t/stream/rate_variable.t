# SPDX-License-Identifier: BSD-2-Clause
# A rate may be a variable; 0 is no limit.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    map $remote_addr $rate {
        127.0.0.2 200k;
        default 0;
    }
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
        proxy_download_rate $rate;
    }
}
CONF
my $bytes = bytes(300 * 1024);
$t->source_server('back', $bytes);
$t->start;

my $time_from = sub {
    my $begin = now();
    $t->connect('front', from => $_[0])->recv_all eq $bytes or die;
    return now() - $begin;
};
my $slow = $time_from->('127.0.0.2');
cmp_ok $slow, '>=', 0.45, 'limited';
cmp_ok $time_from->('127.0.0.3'), '<', $slow / 2, 'not limited';
