# SPDX-License-Identifier: BSD-2-Clause
# A request's body is read whole before a server is asked, and can be sent again, from memory or
# from a file without a name; or it goes through as it comes.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Digest::SHA qw(sha256_hex);

my $t = Weir->new(conf => <<'CONF', plan => 13);
http {
    client_max_body_size 0;
    client_body_buffer_size 8k;
    client_body_temp_path bodies 1 2;
    upstream back {
        server 127.0.0.1:%%PORT:bad%% max_fails=0;
        server 127.0.0.1:%%PORT:good%% backup;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://back; }
        location /through { proxy_pass http://127.0.0.1:%%PORT:good%%; proxy_request_buffering off; }
        location /older { proxy_pass http://127.0.0.1:%%PORT:good%%; proxy_http_version 1.0; proxy_request_buffering off; }
        location /old { proxy_pass http://127.0.0.1:%%PORT:good%%; proxy_http_version 1.0; }
    }
}
CONF
my $asked = $t->dir . '/asked';
$t->http_server('good', sub {
    my ($request) = @_;
    return [ 200, [], join ' ', length($request->body), sha256_hex($request->body),
        $request->header('Content-Length') // '-', $request->header('Transfer-Encoding') // '-' ];
});
$t->tcp_server('bad', sub {
    my ($conn) = @_;
    $conn->recv_line;
    open my $out, '>>', $asked;
    print $out "asked\n";
    close $out;
});
$t->start;

my $c = $t->http_connect('web');
for my $size (1, 8192, 8193, 3_000_000) {
    my $body = bytes($size);
    is $c->get('/', method => 'PUT', body => $body)->body,
        "$size " . sha256_hex($body) . " $size -", "$size bytes are sent again to another server";
}
my $body = bytes(20_000);
my $chunks = join '', map { sprintf "%x\r\n%s\r\n", length $_, $_ } $body =~ /(.{1,7777})/gs;
for my $path ('/', '/old', '/older') {
    is $c->request("PUT $path HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n")
        ->body, '20000 ' . sha256_hex($body) . ' 20000 -', "chunks have a length then ($path)";
}
is $c->request("PUT /through HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n")
    ->body, '20000 ' . sha256_hex($body) . ' - chunked', 'and none where they go through';

truncate $asked, 0;
my $slow = $t->connect('web');
$slow->send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234");
is $c->get('/through', method => 'PUT', body => 'x')->status, 200, 'another request, meanwhile';
ok -z $asked, 'nobody was asked before the body is whole';
$slow->send('56789');
like $slow->recv_until(qr/ 10 -/), qr/\A\QHTTP\E\S+ 200 /, 'then it goes on';

my $bodies = $t->dir . '/bodies';
is sprintf('%o', (stat $bodies)[2] & 07777), '700', 'the folder is for the workers alone';
is_deeply [ glob "$bodies/*" ], [], 'and its files have no names';
