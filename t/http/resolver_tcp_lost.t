# SPDX-License-Identifier: BSD-2-Clause
# Where a DNS server closes its TCP connection, or is silent there, it is asked again.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    resolver 127.0.0.1:%%PORT:dns%% ipv6=off;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$http_name:%%PORT:back%%; }
    }
}
CONF
my %first = ('closed.test' => 'close', 'silent.test' => undef);
my $dns = Weir::DNS->start($t, 'dns', sub {
    my ($question) = @_;
    return { is_cut => 1 } if $question->{via} eq 'udp';
    return $first{ $question->{name} } if $question->{number} == 2;
    return { answers => [ [ A => '127.0.0.1' ] ] };
});
$t->http_server('back');
$t->start;

sub body_of { return $t->http_get('/', headers => { Name => $_[0] })->body }

is body_of('closed.test'), 'back', 'a connection that is closed';
is body_of('silent.test'), 'back', 'a connection on which nothing comes';
is join(' ', map { (split / /)[2] } $dns->queries), join(' ', ('udp tcp udp tcp') x 2),
    'the whole question is asked again';
