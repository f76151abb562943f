# SPDX-License-Identifier: BSD-2-Clause
# When the client leaves, the server's connection is closed.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 1);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $back = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    Weir::HTTP::read_message($conn);
    $server->note('asked');
    $server->note('end') if $conn->is_closed;
});
$t->start;

my $c = $t->http_connect('web');
$c->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
$back->wait_note;
$c->close;
is $back->wait_note(2), 'end', 'while it still thinks';
