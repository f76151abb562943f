# SPDX-License-Identifier: BSD-2-Clause
# A request's body reaches the server whole, with a length or in chunks.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Digest::SHA qw(sha256_hex);

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    client_max_body_size 0;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], length($_[0]->body) . ' ' . sha256_hex($_[0]->body) ] });
$t->start;

my $c = $t->http_connect('web');
for my $size (0, 1, 20_000, 5_000_000) {
    my $body = bytes($size);
    is $c->get('/', method => 'POST', body => $body)->body, "$size " . sha256_hex($body),
        "$size bytes";
}
my $body = bytes(300_000);
my $chunks = join '', map { sprintf "%x\r\n%s\r\n", length $_, $_ } $body =~ /(.{1,7777})/gs;
my $head = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
is $c->request("$head${chunks}0\r\nX-T: 1\r\n\r\n")->body,
    '300000 ' . sha256_hex($body), 'chunks';
is $c->get('/')->body, '0 ' . sha256_hex(''), 'the connection goes on';
