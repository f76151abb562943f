# SPDX-License-Identifier: BSD-2-Clause
# Chunks that are none get 400 even where nobody would read the body, as far as they came with the
# head; what comes later ends the connection.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 7);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 x; }
        location /deny { deny all; }
    }
}
CONF
$t->start;

sub post {
    my ($uri, $body, $later) = @_;
    my $c = $t->http_connect('web');
    $c->send("POST $uri HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n$body");
    if (defined $later) {
        wait_for(sub { $c->has_news(1) }, undef, 'the answer');
        $c->send($later);
    }
    return $c;
}

for my $uri ('/', '/deny') {
    my $c = post($uri, "zz\r\nhello\r\n");
    is $c->response->status, 400, "$uri: no size";
    ok $c->is_closed, "$uri: the end";
}
my $c = post('/', "3\r\nab", "c\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
is $c->response->status, 200, 'good as far as it came';
is $c->recv_all, '', 'and an end without more';
$c = post('/', "3\r\nabc\r\n0\r\n\r\n");
$c->response;
is $c->get('/')->body, 'x', 'good chunks keep the connection';
