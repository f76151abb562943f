# SPDX-License-Identifier: BSD-2-Clause
# A client whose head is not whole within client_header_timeout is closed; the log says 408.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    log_format short '$status $request';
    access_log %%DIR%%/access.log short;
    client_header_timeout 500ms;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        return 200 fine;
    }
}
CONF
$t->start;

# Sending goes on, so that it is the whole head that has a limit, not each pause in it.
my $c = $t->connect('web');
my $begin = now();
$c->send("GET / HTTP/1.1\r\n");
for (1 .. 50) {
    last if $c->has_news(0.1) || !$c->send("X-A: a\r\n", maybe => 1);
}
ok $c->is_closed, 'half a head: closed without a word';
my $passed = now() - $begin;
cmp_ok $passed, '>=', 0.45, 'not before its time';
cmp_ok $passed, '<', scaled(3), 'and although bytes came';
is +($t->wait_lines('access.log', 1))[0], '408 GET / HTTP/1.1', 'it is in the log';
ok $t->connect('web')->is_closed, 'a client that says nothing: closed';
is $t->http_get('/')->body, 'fine', 'one that is in time is served';
