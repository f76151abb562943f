# SPDX-License-Identifier: BSD-2-Clause
# All addresses of a name are used: the next where one refuses, and each in its turn.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    log_format where "$upstream_addr";
    access_log %%DIR%%/where.log where;
    resolver 127.0.0.1:%%PORT:dns%%;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$http_name:%%PORT:back%%; }
    }
}
CONF
my @addresses = map { "127.0.0.$_" } 1 .. 4;
my $dns = Weir::DNS->start($t, 'dns', sub {
    my ($question) = @_;
    return { answers => [] } if $question->{type} eq 'AAAA';
    return { answers => [ map { [ A => $_ ] } $question->{name} eq 'some.test'
        ? ('127.0.0.9', '127.0.0.1') : @addresses ] };
});
for my $address (@addresses) {
    $t->http_server("$address:back", sub { [ 200, [], $address ] });
}
$t->start;
my $port = $t->port('back');

is $t->http_get('/', headers => { Name => 'some.test' })->body, '127.0.0.1', 'the first refuses';
is +($t->wait_lines('where.log', 1))[0], "127.0.0.9:$port, 127.0.0.1:$port", 'both are in $upstream_addr';

my %count;
is $t->http_get('/', headers => { Name => 'all.test' })->body, '127.0.0.1', 'a fresh answer is used in its order';
$count{ $t->http_get('/', headers => { Name => 'all.test' })->body }++ for 1 .. 200;
is join(' ', sort keys %count), "@addresses", 'later all addresses are';
cmp_ok ((sort { $a <=> $b } values %count)[0], '>', 20, 'about as often');
is $dns->queries('all.test'), 2, 'though the name was asked for once';
