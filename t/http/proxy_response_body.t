# SPDX-License-Identifier: BSD-2-Clause
# A response's body reaches the client whole: with a length, in chunks, or until the end.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $bytes = bytes(3_000_000);
my $t = Weir->new(conf => <<'CONF', plan => 9);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub {
    my ($request) = @_;
    my $body = $request->uri =~ /big/ ? $bytes : 'small';
    return [ 200, [], $body ] if $request->uri =~ /length/;
    return [ 200, [ 'Content-Length' => undef ], $body ] if $request->uri =~ /end/;
    my @chunks = map { sprintf "%x\r\n%s\r\n", length $_, $_ } $body =~ /(.{1,60000})/gs;
    return [ 200, [ 'Transfer-Encoding' => 'chunked' ], join '', @chunks, "0\r\n\r\n" ];
}, close => 1);
$t->start;

my $c = $t->http_connect('web');
for my $how (qw(length chunks end)) {
    is $c->get("/$how")->body, 'small', "$how: a small one";
    ok $c->get("/$how/big")->body eq $bytes, "$how: a big one";
}
is $c->get('/length')->header('Transfer-Encoding'), undef, 'a length stays one';
is $c->get('/chunks')->header('Content-Length'), undef, 'chunks stay chunks';
is $t->http_get('/chunks', version => '1.0')->body, 'small', 'HTTP/1.0 gets it without chunks';
