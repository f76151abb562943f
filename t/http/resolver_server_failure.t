# SPDX-License-Identifier: BSD-2-Clause
# Where a DNS server fails, the next one is asked; what they say when all fail is in the log.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 8);
http {
    resolver 127.0.0.1:%%PORT:one%% 127.0.0.1:%%PORT:two%% ipv6=off;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$http_name:%%PORT:back%%; }
    }
}
CONF
my %code = ('format.test' => 1, 'failure.test' => 2, 'unknown.test' => 4, 'refused.test' => 5);
my $fails = Weir::DNS->start($t, 'one', sub { return { code => $code{ $_[0]{name} } // 2 } });
my $works = Weir::DNS->start($t, 'two', sub {
    my $code = $code{ $_[0]{name} };
    return defined $code ? { code => $code } : { answers => [ [ A => '127.0.0.1' ] ] };
});
$t->http_server('back');
$t->start;

sub status_of { return $t->http_get('/', headers => { Name => $_[0] })->status }

is join(' ', map { status_of("name$_.test") } 1 .. 6), join(' ', (200) x 6), 'all names are resolved';
is $works->queries, 6, 'by the server that works';
is $fails->queries, 3, 'and half of them were asked for at the other first';
for my $case ([ 'format.test', '1: Format error' ], [ 'failure.test', '2: Server failure' ],
    [ 'unknown.test', '4: Unimplemented' ], [ 'refused.test', '5: Operation refused' ]) {
    my ($name, $reason) = @$case;
    status_of($name);
    ok $t->wait_log(qr/\[error\] .* $name could not be resolved \($reason\), client: /), $reason;
}
my $count = $works->queries;
wait_for(sub { status_of('failure.test') == 502 && $works->queries > $count }, 10, 'another question');
pass 'a failure is not remembered for long';
