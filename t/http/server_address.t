# SPDX-License-Identifier: BSD-2-Clause
# Servers of different addresses do not know each other's names.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name name.example;
        return 200 one;
    }
    server {
        listen 127.0.0.2:%%PORT:web%%;
        server_name name.example;
        return 200 two;
    }
    server {
        listen [::1]:%%PORT:web%%;
        return 200 six;
    }
    server {
        listen %%PORT:web%%;
        return 200 any;
    }
}
CONF
$t->start;

my %expected = ('127.0.0.1' => 'one', '127.0.0.2' => 'two', '[::1]' => 'six', '127.0.0.3' => 'any');
for my $ip (sort keys %expected) {
    is $t->http_get('/', host => 'name.example', port => "$ip:web")->body, $expected{$ip}, $ip;
}
