# SPDX-License-Identifier: BSD-2-Clause
# A host name that only the request makes known is resolved by the DNS server of `resolver`.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 9);
http {
    log_format where "$status $upstream_addr $proxy_host";
    access_log %%DIR%%/where.log where;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        resolver 127.0.0.1:%%PORT:dns%%;
        location / { proxy_pass http://$http_name:%%PORT:back%%; }
    }
}
CONF
my $dns = Weir::DNS->start($t, 'dns', sub {
    my ($question) = @_;
    return { answers => $question->{type} eq 'A' ? [ [ A => '127.0.0.1', 60 ] ] : [] };
});
$t->http_server('back', sub { [ 200, [], $_[0]->header('Host') . ' ' . $_[0]->uri ] });
$t->start;
my $port = $t->port('back');

sub body_of { return $t->http_get($_[1] // '/', headers => { Name => $_[0] })->body }

is body_of('one.test', '/a?b'), "one.test:$port /a?b", 'the request goes to the address of the name';
is join(', ', sort $dns->queries), 'one.test A udp, one.test AAAA udp', 'which was asked for once';
is body_of('one.test'), "one.test:$port /", 'once more';
is body_of('ONE.Test'), "ONE.Test:$port /", 'in another case';
is body_of('one.test.'), "one.test.:$port /", 'with a dot at its end';
is $dns->queries, 2, 'is the same name, which is known now';
is body_of('two.test'), "two.test:$port /", 'another name';
is $dns->queries, 4, 'is asked for';
is +($t->wait_lines('where.log', 1))[0], "200 127.0.0.1:$port one.test:$port",
    '$upstream_addr is the address, $proxy_host the name';
