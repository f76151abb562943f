# SPDX-License-Identifier: BSD-2-Clause
# A kept connection on which bytes come unasked is closed, and they reach nobody.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    upstream back {
        server 127.0.0.1:%%PORT:back%%;
        keepalive 4;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / {
            proxy_pass http://back;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
}
CONF
my $back = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    Weir::HTTP::read_message($conn);
    $conn->send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine");
    $conn->has_news(0.05);
    $conn->send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\njunk");
    $server->note('closed') if $conn->is_closed;
});
$t->start;

my $c = $t->http_connect('web');
for my $number (1, 2) {
    is $c->get('/')->body, 'fine', "request $number";
    $back->wait_note($number);
}
