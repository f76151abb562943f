# SPDX-License-Identifier: BSD-2-Clause
# map gives a variable by another one's value.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', files => { 'rows.map' => "127.0.0.5 included;\n" }, plan => 7);
stream {
    map $remote_addr $kind {
        default other;
        127.0.0.2 two;
        127.0.0.3 "three and $server_port";
        ~^127\.0\.1\.(?<last>\d+)$ "regex $last";
        ~^127\.0\.(\d+)\.9$ "nine $1";
        include %%DIR%%/rows.map;
    }
    map $remote_addr $without {
        127.0.0.2 two;
    }
    server {
        listen 127.0.0.1:%%PORT:front%%;
        return "$kind|$without";
    }
}
CONF
$t->start;

my %expected = (
    '127.0.0.2' => 'two|two',
    '127.0.0.3' => 'three and ' . $t->port('front') . '|',
    '127.0.0.4' => 'other|',
    '127.0.0.5' => 'included|',
    '127.0.1.77' => 'regex 77|',
    '127.0.1.9' => 'regex 9|',
    '127.0.6.9' => 'nine 6|',
);
for my $from (sort keys %expected) {
    is $t->connect('front', from => $from)->recv_all, $expected{$from}, $from;
}
