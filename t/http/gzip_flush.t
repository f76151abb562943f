# SPDX-License-Identifier: BSD-2-Clause
# What must not be held back goes through gzip at once: events, and all without proxy_buffering.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Compress::Zlib ();
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 8);
http {
    gzip on;
    gzip_types text/x text/event-stream;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /unbuffered { proxy_buffering off; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /gunzip { gzip off; gunzip on; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
# Two pieces, the second much later.
$t->tcp_server('back', sub {
    my ($conn) = @_;
    my $request = Weir::HTTP::read_message($conn);
    my $type = $request->uri eq '/events' ? 'text/event-stream' : 'text/x';
    my $head = "HTTP/1.1 200 OK\r\nContent-Type: $type\r\nTransfer-Encoding: chunked\r\n";
    my ($packer) = Compress::Zlib::deflateInit(-WindowBits => 31);
    my $piece = sub {
        return $_[0] if $request->uri ne '/gunzip';
        my ($some) = $packer->deflate($_[0]);
        my ($rest) = $packer->flush(Compress::Zlib::Z_SYNC_FLUSH());
        return $some . $rest;
    };
    $head .= "Content-Encoding: gzip\r\n" if $request->uri eq '/gunzip';
    $conn->send("$head\r\n");
    for my $text ('first', 'second') {
        my $bytes = $piece->($text);
        $conn->send(sprintf "%x\r\n%s\r\n", length $bytes, $bytes);
        select undef, undef, undef, 1.5 if $text eq 'first';
    }
});
$t->start;

for my $case ([ '/events', 1 ], [ '/unbuffered', 1 ], [ '/held', 1 ], [ '/gunzip', 0 ]) {
    my ($uri, $is_packed) = @$case;
    my $c = $t->http_connect('web');
    my $encoding = $is_packed ? "Accept-Encoding: gzip\r\n" : '';
    $c->send("GET $uri HTTP/1.1\r\nHost: a\r\n$encoding\r\n");
    my $head = $c->recv_until(qr/\r\n\r\n/);
    is $head =~ /Content-Encoding: gzip/ ? 1 : 0, $is_packed, "$uri: packed, or not";
    my $begin = now();
    if ($uri eq '/held') {
        ok !$c->has_news(0.5), 'an ordinary body may wait for more';
        next;
    }
    $c->recv_until(qr/\A[0-9a-f]+\r\n.+\r\n/s);
    cmp_ok now() - $begin, '<', scaled(1), "$uri: what was sent is there";
}
