# SPDX-License-Identifier: BSD-2-Clause
# Interim responses of a server are not taken for its answer.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub {
    my ($request, $conn) = @_;
    $conn->send("HTTP/1.1 100 Continue\r\n\r\n");
    $conn->send("HTTP/1.1 102 Processing\r\nX: y\r\n\r\n");
    return [ 200, [], 'final' ];
});
$t->start;

my $r = $t->http_get('/', method => 'POST', body => 'x');
is $r->status, 200, 'the status';
is $r->body, 'final', 'the body';
