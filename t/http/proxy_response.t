# SPDX-License-Identifier: BSD-2-Clause
# The server's status and fields reach the client, those of its connection do not.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 7);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub {
    [ '207 Quite Special', [
        'X-One' => 1, 'Set-Cookie' => 'a=b', 'Set-Cookie' => 'c=d', 'Keep-Alive' => 'timeout=7',
        'Content-Type' => 'text/x-own', 'ETag' => '"x"',
    ], 'body' ];
});
$t->start;

my $r = $t->http_get('/');
is $r->status, 207, 'status';
is $r->header('X-One'), 1, 'a field';
is join(' ', $r->header_values('Set-Cookie')), 'a=b c=d', 'a field that comes twice';
is $r->header('Content-Type'), 'text/x-own', 'the type';
is $r->header('Content-Length'), 4, 'the length';
is $r->header('Keep-Alive'), undef, 'nothing of the connection';
is $r->body, 'body', 'the body';
