# SPDX-License-Identifier: BSD-2-Clause
# geo gives a variable by an address; the longest prefix wins.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    geo $net {
        default none;
        127.0.0.0/8 loopback;
        127.0.5.0/24 five;
    }
    geo $arg_ip $of_argument {
        default none;
        192.0.2.0/24 test;
        2001:db8::/32 six;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 "$net $of_argument"; }
    }
}
CONF
$t->start;

my $get = sub {
    my ($uri, $from) = @_;
    return $t->http_connect('web', from => $from)->get($uri)->body;
};
is $get->('/', '127.0.5.1'), 'five none', 'the longer prefix';
is $get->('/', '127.0.6.1'), 'loopback none', 'the shorter one';
is $get->('/?ip=192.0.2.77', '127.0.0.1'), 'loopback test', 'the address in a variable';
is $get->('/?ip=2001:db8:1::1', '127.0.0.1'), 'loopback six', 'an IPv6 address';
is $get->('/?ip=192.0.3.1', '127.0.0.1'), 'loopback none', 'none of them';
is $get->('/?ip=x', '127.0.0.1'), 'loopback none', 'no address';
