# SPDX-License-Identifier: BSD-2-Clause
# What a client still sends is read before its connection is closed, so that it sees its answer: for
# lingering_time in all and lingering_timeout at once, or not at all; always: in any case.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 8);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        keepalive_timeout 0;
        client_max_body_size 1;
        lingering_timeout 400ms;
        location / { proxy_pass http://127.0.0.1:1; }
        location /off { lingering_close off; proxy_pass http://127.0.0.1:1; }
        location /time { lingering_time 600ms; proxy_pass http://127.0.0.1:1; }
        location /one { return 200 x; }
        location /always { lingering_close always; return 200 x; }
    }
}
CONF
$t->start;

# Seconds until the connection is closed; what is sent meanwhile comes in pieces.
sub ends {
    my ($uri, $pieces, $length) = @_;
    my $c = $t->connect;
    my $body = defined $length ? "Content-Length: $length\r\n" : '';
    my $begin = now();

    $c->send("GET $uri HTTP/1.1\r\nHost: a\r\n$body\r\n");
    for (1 .. $pieces) {
        select undef, undef, undef, 0.2;
        $c->send('x' x 1000, maybe => 1) or last;
    }
    select undef, undef, undef, 0.05 while $c->send('x', maybe => 1) && now() - $begin < 4;
    return ($c, now() - $begin);
}

# A client that is only read from: when it learns the end of what it was sent, and of its stream.
my $c = $t->connect;
$c->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" . 'x' x 1000);
like $c->recv_all, qr/\AHTTP\/1\.1 413 /, 'the answer comes through';
ok !$c->was_reset, 'and an end in order';
my (undef, $time) = ends('/', 5, 100000);
cmp_ok $time, '>', 1, 'a client that goes on sending is borne with';
(undef, $time) = ends('/time', 20, 100000);
cmp_ok $time, '>', 0.5, 'as long as lingering_time';
cmp_ok $time, '<', scaled(1.5), 'and no longer';
(undef, $time) = ends('/off', 3, 100000);
cmp_ok $time, '<', scaled(0.5), 'not where lingering_close is off';
my $half = sub {
    my $c = $t->connect;
    $c->send("GET $_[0] HTTP/1.1\r\nHost: a\r\n\r\n");
    $c->recv_all;
    select undef, undef, undef, 0.1;
    $c->send('late', maybe => 1);
    select undef, undef, undef, 0.1;
    return $c->send('later', maybe => 1) ? 1 : 0;
};
is $half->('/one'), 0, 'nobody reads what comes after a whole request';
is $half->('/always'), 1, 'unless it is always';
