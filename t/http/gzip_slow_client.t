# SPDX-License-Identifier: BSD-2-Clause
# A client that takes its packed response slowly does not hold the server, and gets all of it.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Compress::Zlib ();
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    gzip on;
    gzip_types text/x;
    server {
        listen 127.0.0.1:%%PORT:web%% sndbuf=16k;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $bytes = bytes(12_000_000);
my $server = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    Weir::HTTP::read_message($conn);
    $conn->send(sprintf "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: %d\r\n\r\n", length $bytes);
    $conn->send($bytes);
    $server->note('sent');
    $conn->recv_all;
});
$t->start;

my $c = $t->http_connect('web');
$c->send("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
is $server->wait_note, 'sent', 'the server is rid of its answer';
my $r = $c->response('GET');
is $r->header('Content-Encoding'), 'gzip', 'which is packed';
ok Compress::Zlib::memGunzip($r->body) eq $bytes, 'and whole';
