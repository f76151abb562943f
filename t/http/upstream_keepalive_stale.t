# SPDX-License-Identifier: BSD-2-Clause
# A kept connection that the server has closed meanwhile costs no request.
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
my $back = $t->http_server('back', sub {
    my ($request, $conn) = @_;
    $conn->send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine");
    return;
});
$t->start;

my $c = $t->http_connect('web');
is join(' ', map { $c->get('/')->body } 1 .. 20), join(' ', ('fine') x 20),
    'every request is answered';
is $back->requests, 20, 'each by one request to the server';
