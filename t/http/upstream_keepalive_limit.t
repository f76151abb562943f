# SPDX-License-Identifier: BSD-2-Clause
# Of connections that become idle, no more than keepalive says are kept.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    upstream back {
        server 127.0.0.1:%%PORT:back%%;
        keepalive 2;
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
    Weir::Server::http(sub { $_[1]->has_news(0.3); [ 200, [], 'x' ] })->($conn, $server);
    $server->note('end');
});
$t->start;

my @clients = map { $t->http_connect('web') } 1 .. 5;
$_->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") for @clients;
is join('', map { $_->response->body } @clients), 'xxxxx', 'five at once';
$back->wait_note(3);
is scalar $back->notes, 3, 'three of five are closed';
