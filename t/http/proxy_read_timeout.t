# SPDX-License-Identifier: BSD-2-Clause
# proxy_read_timeout is the time between two reads, not that of the whole response.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    proxy_read_timeout 700ms;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub {
    my ($request, $conn) = @_;
    $conn->send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
    for (1 .. 4) {
        $conn->has_news(0.25);
        $conn->send('x');
    }
    return;
});
$t->start;

my $begin = now();
is $t->http_get('/')->body, 'xxxx', 'a slow response comes whole';
cmp_ok now() - $begin, '>', 0.9, 'it took longer than the timeout';
