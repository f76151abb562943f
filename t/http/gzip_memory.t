# SPDX-License-Identifier: BSD-2-Clause
# A response that is packed takes no more memory than its window and tables, little if it is known
# to be short, and gives it back at its end.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

# The sanitizers pad all memory.
use constant PADDED => scalar(slurp(Weir::binary()) =~ /libasan/);
use constant { COUNT => 60, MOST => 340_000 * (PADDED ? 2 : 1), SMALL => 40_000 * (PADDED ? 2 : 1) };

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        gzip on;
        gzip_types text/x;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $text = join '', map { "line $_ of many\n" } 1 .. 10_000;
my $chunk = sprintf "%x\r\n%s\r\n", length $text, $text;
$t->tcp_server('back', sub {
    my ($conn) = @_;
    my $request = Weir::HTTP::read_message($conn);
    my $length = $request->uri eq '/short' ? 'Content-Length: 500' : 'Transfer-Encoding: chunked';
    my $body = $request->uri eq '/short' ? 'a' x 400 : $chunk;
    $conn->send("HTTP/1.1 200 OK\r\nContent-Type: text/x\r\n$length\r\n\r\n$body");
    $conn->recv_all;
});
$t->start;

sub resident {
    my ($pages) = (split ' ', slurp('/proc/' . ($t->worker_pids)[0] . '/statm'))[1];
    return $pages * 4096;
}

sub open_responses {
    my ($uri, $count) = @_;
    return map {
        my $c = $t->http_connect('web');
        $c->send("GET $uri HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
        $c->recv_until(qr/\r\n\r\n/);
        $c;
    } 1 .. $count;
}

sub each_of {
    my ($uri) = @_;
    my $before = resident();
    my @open = open_responses($uri, COUNT);
    my $each = (resident() - $before) / COUNT;
    diag sprintf '%s: %.0f bytes', $uri, $each;
    $_->close for @open;
    return $each;
}

my @warm = open_responses('/', 5);
$_->close for @warm;
my $begin = resident();
cmp_ok each_of('/short'), '<=', SMALL, 'a short one';
my $long = each_of('/');
cmp_ok $long, '<=', MOST, 'one of unknown length';
cmp_ok $long, '>=', 150_000, 'which is what a packer takes';
ok wait_for(sub { resident() - $begin < COUNT * $long / 3 }), 'given back when the clients are gone';
