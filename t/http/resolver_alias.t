# SPDX-License-Identifier: BSD-2-Clause
# An answer that has an alias and no address leads to another question; circles end.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    resolver 127.0.0.1:%%PORT:dns%% ipv6=off;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$http_name:%%PORT:back%%; }
    }
}
CONF
my $dns = Weir::DNS->start($t, 'dns', sub {
    my $name = $_[0]{name};
    return { answers => [ [ A => '127.0.0.1' ] ] } if $name eq 'real.test';
    # The chain in one answer, in no order.
    return { answers => [ [ A => '127.0.0.1', 60, 'end.test' ], [ CNAME => 'end.test', 60, 'mid.test' ],
        [ CNAME => 'mid.test', 60 ] ] } if $name eq 'chain.test';
    return { answers => [ [ CNAME => 'odd name.test' ] ] } if $name eq 'odd.test';
    return { answers => [ [ CNAME => { 'alias.test' => 'second.test', 'second.test' => 'real.test',
        'circle.test' => 'other.test', 'other.test' => 'circle.test' }->{$name} ] ] };
});
$t->http_server('back');
$t->start;

sub status_of { return $t->http_get('/', headers => { Name => $_[0] })->status }

is status_of('alias.test'), 200, 'two aliases';
is join(' ', map { s/ .*//r } $dns->queries), 'alias.test second.test real.test', 'three questions';
is status_of('chain.test'), 200, 'a chain in one answer';
is $dns->queries, 4, 'one question';
is status_of('circle.test'), 502, 'a circle of aliases';
is status_of('odd.test'), 502, 'an alias to what is no host name';
