# SPDX-License-Identifier: BSD-2-Clause
# What goes to the next server, by proxy_next_upstream: answers of some status and invalid ones; the
# last server's answer is passed on. A POST that was sent is repeated only with non_idempotent.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 14);
http {
    upstream backs {
        server 127.0.0.1:%%PORT:bad%% max_fails=0;
        server 127.0.0.1:%%PORT:good%% backup;
    }
    upstream bads {
        server 127.0.0.1:%%PORT:bad%% max_fails=0;
        server 127.0.0.1:%%PORT:worse%% backup;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://backs; }
        location /status/ {
            proxy_next_upstream http_403 http_404 http_429 http_500 http_502 http_503 http_504;
            proxy_pass http://backs;
        }
        location /last/ { proxy_next_upstream http_503; proxy_pass http://bads; }
        location /invalid/ { proxy_next_upstream invalid_header; proxy_pass http://backs; }
        location /any/ {
            proxy_next_upstream error http_500 non_idempotent denied;
            proxy_pass http://backs;
        }
    }
}
CONF
my $bad = $t->http_server('bad', sub {
    my ($request, $conn) = @_;
    my ($status) = $request->uri =~ m{/(\d+)$};
    return [ $status, [], 'bad' ] if $status;
    $conn->send("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n") if $request->uri =~ /header/;
    return;
});
$t->http_server('good');
$t->http_server('worse', sub { [ 503, [], 'worse' ] });
$t->start;

is $t->http_get("/status/$_")->body, 'good', "http_$_" for 403, 404, 429, 500, 502, 503, 504;
is $t->http_get('/503')->body, 'bad', 'not by default';
is $t->http_get('/last/503')->body, 'worse', 'the last one\'s answer is passed on';
is $t->http_get('/header')->status, 502, 'an invalid one is not repeated by default';
is $t->http_get('/invalid/header')->body, 'good', 'invalid_header';
my @post = (method => 'POST', body => 'x');
is $t->http_get('/status/500', @post)->body, 'bad', 'POST is not repeated';
is $t->http_get('/any/500', @post)->body, 'good', 'but with non_idempotent';
is $t->http_get('/any/closed', @post)->body, 'good', 'where the connection ends, too';
