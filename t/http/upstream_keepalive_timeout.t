# SPDX-License-Identifier: BSD-2-Clause
# A connection to a server that is idle for the upstream's keepalive_timeout is closed.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    upstream short {
        server 127.0.0.1:%%PORT:short%%;
        keepalive_timeout 500ms;
    }
    upstream long { server 127.0.0.1:%%PORT:long%%; }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /short { proxy_pass http://short; }
        location /long { proxy_pass http://long; }
    }
}
CONF
my $serve = sub {
    my ($conn, $server) = @_;
    while (my $request = Weir::HTTP::read_message($conn)) {
        $conn->send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
    }
    $server->note(now());
};
my ($short, $long) = map { $t->tcp_server($_, $serve) } qw(short long);
$t->start;

$t->http_get($_) for '/short', '/long', '/short', '/long';
my $begin = now();
cmp_ok $short->wait_note - $begin, '>=', 0.4, 'not before its time';
is $short->accepts, 1, 'until then it is used again';
is $long->accepts, 1, 'another upstream has its own time';
is scalar(my @ended = $long->notes), 0, 'and is kept';
