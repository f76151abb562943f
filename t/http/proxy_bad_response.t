# SPDX-License-Identifier: BSD-2-Clause
# A response that is none gives 502.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my %bad = (
    'no status line' => "hello\r\n\r\n",
    'no number' => "HTTP/1.1 OK\r\n\r\n",
    'a broken length' => "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nx",
    'nothing' => '',
    'half a head' => "HTTP/1.1 200 OK\r\nX-A: b",
);
my $t = Weir->new(conf => <<'CONF', plan => 1 + keys %bad);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my @names = sort keys %bad;
$t->tcp_server('back', sub {
    my ($conn) = @_;
    my $request = Weir::HTTP::read_message($conn);
    my ($number) = $request->uri =~ /(\d+)/;
    my $good = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    $conn->send($number < @names ? $bad{ $names[$number] } : $good);
});
$t->start;

is $t->http_get("/$_")->status, 502, $names[$_] for 0 .. $#names;
is $t->http_get('/99')->status, 200, 'a good one';
