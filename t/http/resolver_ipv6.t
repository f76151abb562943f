# SPDX-License-Identifier: BSD-2-Clause
# A DNS server may have an IPv6 address; it is asked over UDP and TCP.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    resolver [::1]:%%PORT:dns%% ipv6=off;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$http_name:%%PORT:back%%; }
    }
}
CONF
my $dns = Weir::DNS->start($t, '[::1]:dns', sub {
    return $_[0]{via} eq 'udp' ? { is_cut => 1 } : { answers => [ [ A => '127.0.0.1' ] ] };
});
$t->http_server('back');
$t->start;

is $t->http_get('/', headers => { Name => 'one.test' })->body, 'back', 'the name is resolved';
is join(', ', $dns->queries), 'one.test A udp, one.test A tcp', 'by the server at [::1]';
