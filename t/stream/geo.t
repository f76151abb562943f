# SPDX-License-Identifier: BSD-2-Clause
# geo gives a variable by the client's network; the longest prefix wins.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my %files = ('nets.geo' => "127.9.0.0/16 included;\n");
my $t = Weir->new(conf => <<'CONF', files => \%files, plan => 9);
stream {
    geo $net {
        default none;
        127.0.0.0/16 wide;
        127.0.5.0/24 narrow;
        127.0.5.5 host;
        127.0.6.0/24 gone;
        delete 127.0.6.0/24;
        include %%DIR%%/nets.geo;
        ::/0 six;
    }
    geo $server_addr $own {
        127.0.0.1/32 here;
    }
    geo $range {
        ranges;
        default out;
        127.0.0.2-127.0.0.9 in;
    }
    server {
        listen 127.0.0.1:%%PORT:front%%;
        listen [::1]:%%PORT:front%%;
        return "$net|$own|$range";
    }
}
CONF
$t->start;

my %expected = (
    '127.0.5.5' => 'host|here|out',
    '127.0.5.6' => 'narrow|here|out',
    '127.0.6.1' => 'wide|here|out',
    '127.0.0.1' => 'wide|here|out',
    '127.0.0.2' => 'wide|here|in',
    '127.0.0.9' => 'wide|here|in',
    '127.8.0.1' => 'none|here|out',
    '127.9.0.1' => 'included|here|out',
);
for my $from (sort keys %expected) {
    is $t->connect('front', from => $from)->recv_all, $expected{$from}, $from;
}
like $t->connect('[::1]:front')->recv_all, qr/^six\|/, '::1';
