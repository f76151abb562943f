# SPDX-License-Identifier: BSD-2-Clause
# An answer that was cut to fit into a datagram is asked for again over TCP.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    resolver 127.0.0.1:%%PORT:dns%% ipv6=off;
    proxy_connect_timeout 200ms;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$http_name:%%PORT:back%%; }
    }
}
CONF
my @many = map { [ A => "127.0.1.$_" ] } 1 .. 100;
my $dns = Weir::DNS->start($t, 'dns', sub {
    my ($question) = @_;
    return { is_cut => 1 } if $question->{via} eq 'udp';
    return { answers => $question->{name} eq 'many.test' ? [ [ A => '127.0.0.1' ], @many ]
        : [ [ A => '127.0.0.1' ] ] };
});
$t->http_server('back');
$t->start;

sub body_of { return $t->http_get('/', headers => { Name => $_[0] })->body }

is body_of('one.test'), 'back', 'the name is resolved';
is join(', ', $dns->queries), 'one.test A udp, one.test A tcp', 'by the second question';
is body_of('many.test'), 'back', 'an answer of 1,600 bytes';
is body_of('other.test'), 'back', 'another name';
