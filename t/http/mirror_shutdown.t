# SPDX-License-Identifier: BSD-2-Clause
# A worker that ends lets copies end that are on their way, but not for longer than anything else.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 5);
worker_shutdown_timeout 1s;
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { mirror /copy; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location = /copy { proxy_pass http://127.0.0.1:%%PORT:copy%%$request_uri; }
    }
}
CONF
$t->http_server('back');
my $copy = $t->tcp_server('copy', sub {
    my ($conn, $server) = @_;
    my $request = Weir::HTTP::read_message($conn);
    $server->note('asked');
    if ($request->uri eq '/soon') {
        select undef, undef, undef, 0.3;
        $server->note($conn->has_news(0) ? 'left' : 'still there');
        $conn->send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    } else {
        $server->note($conn->is_closed ? 'left' : 'still there');
    }
});
$t->start;

is $t->http_get('/soon')->status, 200, 'a request and its copy';
$copy->wait_note;
$t->reload;
is $copy->wait_note(2), 'still there', 'the old worker waits for the copy';

is $t->http_get('/never')->status, 200, 'another one';
$copy->wait_note(3);
my $begin = now();
$t->stop;
cmp_ok now() - $begin, '<', scaled(4), 'its worker does not wait for ever';
is $copy->wait_note(4), 'left', 'the copy is ended';
