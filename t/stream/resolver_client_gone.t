# SPDX-License-Identifier: BSD-2-Clause
# Sessions that wait for one name share one question; a client that leaves disturbs nobody.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 4);
stream {
    log_format how "$status $upstream_addr";
    access_log %%DIR%%/how.log how;
    resolver 127.0.0.1:%%PORT:dns%%;
    map $server_port $name { default one.test; }
    server { listen 127.0.0.1:%%PORT:front%%; proxy_pass $name:%%PORT:back%%; }
}
CONF
my $go = $t->dir . '/go';
my $dns = Weir::DNS->start($t, 'dns', sub {
    return { answers => $_[0]{type} eq 'A' ? [ [ A => '127.0.0.1' ] ] : [], hold => $go };
});
my $back = $t->greeting_server('back', "hello\n");
$t->start;

my @clients = map { $t->connect('front') } 1 .. 20;
$dns->wait_queries(2);
$clients[$_]->reset for 0 .. 9;
is scalar(grep { $_ eq '200 -' } $t->wait_lines('how.log', 10)), 10, 'who resets is let go at once';
$t->write('go', '');
is join('', map { $clients[$_]->recv_line } 10 .. 19), 'hello' x 10, 'the others are served';
is $back->accepts, 10, 'and nobody else';
is $dns->queries, 2, 'by one question for each family';
