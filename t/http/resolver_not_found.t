# SPDX-License-Identifier: BSD-2-Clause
# A name that does not exist, or has no address, is a 502, and not asked for again for a moment.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 9);
http {
    resolver 127.0.0.1:%%PORT:dns%%;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$http_name:%%PORT:back%%; }
    }
}
CONF
my $dns = Weir::DNS->start($t, 'dns', sub {
    my ($question) = @_;
    my $name = $question->{name};
    return { code => 3, soa => 60 } if $name eq 'none.test';
    return { code => 3, soa => 1 } if $name eq 'late.test' && $question->{number} == 1;
    return { answers => [], soa => 60 } if $name eq 'empty.test' || $question->{type} eq 'AAAA';
    return { answers => [ [ A => '127.0.0.1' ] ] };
});
$t->http_server('back');
$t->start;

sub status_of { return $t->http_get('/', headers => { Name => $_[0] })->status }

for my $name ('none.test', 'empty.test') {
    is status_of($name), 502, "$name";
    is status_of($name), 502, 'once more';
    is $dns->queries($name), 2, 'is remembered';
    ok $t->wait_log(qr/\[error\] .*: \*\d+ $name could not be resolved \(3: Host not found\), client: /),
        'and said in the log';
}
wait_for(sub { status_of('late.test') == 200 }, 10, 'the name to be found');
pass 'a name that comes later is found when the time of its answer is over';
