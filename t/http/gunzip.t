# SPDX-License-Identifier: BSD-2-Clause
# gunzip unpacks what came packed for clients that do not take it; what is no gzip breaks off.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Compress::Zlib ();
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 13);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        gunzip on;
        gzip_vary on;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /few { gunzip_buffers 1 1k; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $text = join '', map { "line $_ of many\n" } 1 .. 150_000;
my $packed = Compress::Zlib::memGzip($text);
my $two = Compress::Zlib::memGzip('one ') . Compress::Zlib::memGzip('two');
my %body = ('/' => $packed, '/few' => $packed, '/two' => $two, '/bad' => 'this is not gzip',
    '/cut' => substr($packed, 0, -1), '/none' => '');
$t->http_server('back', sub {
    my ($request) = @_;
    return [ 200, [ 'Content-Encoding' => 'gzip', ETag => '"a"' ], $body{ $request->uri } ];
});
$t->start;

my $c = $t->http_connect('web');
my $r = $c->get('/', headers => [ 'Accept-Encoding' => 'gzip' ]);
ok $r->body eq $packed, 'packed for who takes that';
is $r->header('Vary'), 'Accept-Encoding', 'which depends on the client';

$r = $c->get('/');
ok $r->body eq $text, 'unpacked for who does not';
is $r->header('Content-Encoding'), undef, 'it says so';
is $r->header('Content-Length'), undef, 'its length is another one';
is $r->header('ETag'), 'W/"a"', 'and its ETag is weak';
is $r->header('Vary'), 'Accept-Encoding', 'this depends on the client, too';
ok $c->get('/few')->body eq $text, 'through little memory';
is $c->get('/two')->body, 'one two', 'two members';
is $c->get('/none')->body, '', 'an empty body stays empty';

for my $uri ('/bad', '/cut') {
    my $broken = $t->http_connect('web');
    $broken->send("GET $uri HTTP/1.1\r\nHost: a\r\n\r\n");
    unlike $broken->recv_all, qr/\r\n0\r\n/, "$uri: its end is not made up";
}
ok $t->wait_log(qr/\[error\].*gzip.*client: /), 'which the log says';
