# SPDX-License-Identifier: BSD-2-Clause
# A host name that only the session makes known is resolved by the DNS server of `resolver`.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 5);
stream {
    log_format where "$status $upstream_addr";
    access_log %%DIR%%/where.log where;
    resolver 127.0.0.1:%%PORT:dns%%;
    map $server_port $name { %%PORT:one%% one.test; %%PORT:two%% two.test; }
    server {
        listen 127.0.0.1:%%PORT:one%%;
        listen 127.0.0.1:%%PORT:two%%;
        proxy_pass $name:%%PORT:back%%;
    }
}
CONF
my %address = ('one.test' => '127.0.0.1', 'two.test' => '127.0.0.2');
my $dns = Weir::DNS->start($t, 'dns', sub {
    my ($question) = @_;
    return { answers => [ $question->{type} eq 'A' ? [ A => $address{ $question->{name} } ] : () ] };
});
$t->tcp_server("$_:back", Weir::Server::source($_)) for values %address;
$t->start;

is $t->connect('one')->recv_all, '127.0.0.1', 'the session goes to the address of the name';
is $t->connect('two')->recv_all, '127.0.0.2', 'and that of another name';
is $t->connect('one')->recv_all, '127.0.0.1', 'which is known then';
is $dns->queries, 4, 'so each was asked for once';
is +($t->wait_lines('where.log', 1))[0], '200 127.0.0.1:' . $t->port('back'),
    '$upstream_addr is the address';
