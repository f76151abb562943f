# SPDX-License-Identifier: BSD-2-Clause
# IPv4 and IPv6 addresses are asked for, unless ipv4=off or ipv6=off; one family is enough.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 12);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /both {
            resolver 127.0.0.1:%%PORT:dns%%;
            proxy_pass http://$http_name:%%PORT:back%%;
        }
        location /v4 {
            resolver 127.0.0.1:%%PORT:dns%% ipv6=off;
            proxy_pass http://$http_name:%%PORT:back%%;
        }
        location /v6 {
            resolver 127.0.0.1:%%PORT:dns%% ipv4=off;
            proxy_pass http://$http_name:%%PORT:back%%;
        }
    }
}
CONF
my %address = (A => '127.0.0.1', AAAA => '::1');
my $dns = Weir::DNS->start($t, 'dns', sub {
    my ($question) = @_;
    my ($name, $type) = @$question{qw(name type)};
    return { answers => [ [ $type => $address{$type} ] ] }
        if $name eq 'both.test' || $type eq 'A' && $name =~ /^four/ || $type eq 'AAAA' && $name =~ /^six/;
    return if $name =~ /silent/;
    return { code => $name =~ /none/ ? 3 : $name =~ /fail/ ? 2 : 0, answers => [] };
});
$t->http_server('back', sub { [ 200, [], 'IPv4' ] });
$t->http_server('six', sub { [ 200, [], 'IPv6' ] }, port => '[::1]:back');
$t->start;

sub response_of { return $t->http_get($_[0], headers => { Name => $_[1] }) }

is response_of('/both', 'both.test')->body, 'IPv4', 'IPv4 goes first';
is join(' ', sort $dns->queries('both.test')), 'both.test A udp both.test AAAA udp', 'both are asked for';
is response_of('/v4', 'both.test')->body, 'IPv4', 'ipv6=off';
is join(' ', splice @{ [ $dns->queries('both.test') ] }, 2), 'both.test A udp', 'asks for IPv4 only';
is response_of('/v6', 'both.test')->body, 'IPv6', 'ipv4=off';
is join(' ', splice @{ [ $dns->queries('both.test') ] }, 3), 'both.test AAAA udp', 'asks for IPv6 only';
is response_of('/both', 'four.test')->body, 'IPv4', 'no IPv6 address';
is response_of('/both', 'six.test')->body, 'IPv6', 'no IPv4 address';
is response_of('/both', 'four-none.test')->body, 'IPv4', 'IPv6 is said not to exist';
is response_of('/both', 'six-fail.test')->body, 'IPv6', 'the server fails for IPv4';
is response_of('/both', 'four-silent.test')->body, 'IPv4', 'the server is silent for IPv6';
is response_of('/v6', 'four.test')->status, 502, 'none of the family that is wanted';
