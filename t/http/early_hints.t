# SPDX-License-Identifier: BSD-2-Clause
# A server's 103 reaches the client where early_hints says so; other interim responses never do.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 9);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /on { early_hints $arg_a $arg_b; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub {
    my ($request, $conn) = @_;
    my $count = $request->uri =~ /many/ ? 100 : 1;
    $conn->send("HTTP/1.1 102 Processing\r\n\r\n");
    $conn->send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nServer: b\r\n\r\n") for 1 .. $count;
    return [ 200, [], 'final' ];
});
$t->start;

sub answer {
    my ($uri, $version) = @_;
    my $c = $t->http_connect('web');
    $c->send("GET $uri HTTP/" . ($version // '1.1') . "\r\nHost: a\r\nConnection: close\r\n\r\n");
    return $c->recv_all;
}

my $text = answer('/on?b=1');
like $text, qr{^HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\n}, 'passed';
unlike $text, qr/102/, 'no other';
like $text, qr/final$/, 'the answer behind it';
for my $uri ('/', '/on', '/on?a=0&b=') {
    like answer($uri), qr{^HTTP/1.1 200 OK\r\n}, "$uri: dropped";
}
like answer('/on?a=1', '1.0'), qr{^HTTP/1.1 200 OK\r\n}, 'not for HTTP/1.0';
like answer('/many'), qr{^HTTP/1.1 502 }, 'there are limits';
like answer('/on/many?a=1'), qr{HTTP/1.1 502 }, 'with early_hints, too';
