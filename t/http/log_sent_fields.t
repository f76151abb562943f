# SPDX-License-Identifier: BSD-2-Clause
# $sent_http_ tells of the fields that weir writes itself, as they were sent, not as they came.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    log_format sent "$sent_http_content_length $sent_http_connection $sent_http_transfer_encoding";
    access_log %%DIR%%/sent.log sent;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 "four"; }
        location /none { return 204; }
        location /back { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->tcp_server('back', sub {
    my ($conn) = @_;
    my $uri = Weir::HTTP::read_message($conn)->uri;
    my $length = $uri =~ /length/ ? "Content-Length: 1\r\n" : '';
    $conn->send("HTTP/1.1 200 OK\r\n${length}Connection: close, x\r\n\r\nx");
});
$t->start;

my %expected = (
    '/' => '4 keep-alive -',
    '/none' => '- keep-alive -',
    '/back' => '- keep-alive chunked',
    '/back?length' => '1 keep-alive -',
    '/last' => '4 close -',
);
my $c = $t->http_connect('web');
my $count = 0;
for my $uri ('/', '/none', '/back', '/back?length', '/last') {
    $c->get($uri, headers => $uri eq '/last' ? [ Connection => 'close' ] : []);
    is(($t->wait_lines('sent.log', ++$count))[-1], $expected{$uri}, $uri);
}
$t->http_connect('web')->exchange("none\r\n\r\n");
like(($t->wait_lines('sent.log', ++$count))[-1], qr/^1\d\d close -$/, 'an answer to no request');
