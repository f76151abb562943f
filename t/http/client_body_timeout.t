# SPDX-License-Identifier: BSD-2-Clause
# A client that pauses longer than client_body_timeout in the body of its request is closed; the log
# says 408. The time is that of one pause, not of the whole body.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 5);
http {
    log_format short '$status $request';
    access_log %%DIR%%/access.log short;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        client_body_timeout 1s;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], $_[0]->body ] });
$t->start;

my $head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n";
my $c = $t->http_connect('web');
$c->send($head);
for my $byte (qw(a b c d)) {
    select undef, undef, undef, 0.4;
    $c->send($byte);
}
is $c->response('POST')->body, 'abcd', 'short pauses, though the body takes longer in all';
$c->send("${head}ab");
my $begin = now();
ok $c->is_closed, 'a long pause: closed without a word';
cmp_ok now() - $begin, '>=', 0.9, 'not before its time';
is_deeply [ $t->wait_lines('access.log', 2) ], [ '200 POST / HTTP/1.1', '408 POST / HTTP/1.1' ],
    'it is in the log';
is $t->http_get('/', method => 'POST', body => 'x')->body, 'x', 'others are served';
