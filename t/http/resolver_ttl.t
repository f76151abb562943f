# SPDX-License-Identifier: BSD-2-Clause
# An answer is kept as long as it says: the least of its records, aliases too. 0 is not at all.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 7);
http {
    resolver 127.0.0.1:%%PORT:dns%% ipv6=off;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$http_name:%%PORT:back%%; }
    }
}
CONF
my $dns = Weir::DNS->start($t, 'dns', sub {
    my ($question) = @_;
    my $address = $question->{number} == 1 ? '127.0.0.1' : '127.0.0.2';
    return { answers => [ [ A => $address, $question->{name} eq 'none.test' ? 0 : 1 ] ] }
        if $question->{name} ne 'alias.test';
    return { answers => [ [ CNAME => 'real.test', 1 ], [ A => $address, 3600, 'real.test' ] ] };
});
for my $address (qw(127.0.0.1 127.0.0.2)) {
    $t->http_server("$address:back", sub { [ 200, [], $address ] });
}
$t->start;

sub body_of { return $t->http_get('/', headers => { Name => $_[0] })->body }

for my $name (qw(one.test alias.test)) {
    my $start = now();
    is body_of($name), '127.0.0.1', "$name";
    wait_for(sub { body_of($name) eq '127.0.0.2' }, 10, 'the new address');
    cmp_ok now() - $start, '>=', 0.95, 'is asked for again after a second';
}
is body_of('none.test'), '127.0.0.1', 'TTL 0';
is body_of('none.test'), '127.0.0.2', 'is asked for each time';
is $dns->queries('none.test'), 2, 'that is so';
