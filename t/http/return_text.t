# SPDX-License-Identifier: BSD-2-Clause
# return answers with a status and a text.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 8);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /fine { return 200 "fine\n"; }
        location /odd { return 418 "short"; default_type text/x-tea; }
        location /empty { return 200 ""; }
    }
}
CONF
$t->start;

my $r = $t->http_get('/fine');
is $r->first, 'HTTP/1.1 200 OK', 'the status line';
is $r->body, "fine\n", 'the text';
is $r->header('Content-Length'), 5, 'its length';
is $r->header('Content-Type'), 'text/plain', 'its type';
$r = $t->http_get('/odd');
is $r->status, 418, 'another status';
is $r->body, 'short', 'another text';
is $r->header('Content-Type'), 'text/x-tea', 'another type';
is $t->http_get('/empty')->header('Content-Length'), 0, 'an empty text';
