# SPDX-License-Identifier: BSD-2-Clause
# A request with thousands of ranges gets them all, and takes little memory: parts are made as the
# client takes them.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

# The sanitizers pad all memory.
use constant PADDED => scalar(slurp(Weir::binary()) =~ /libasan/);
use constant { COUNT => 50, RANGES => 2_000, MOST => 64 * 1024 * (PADDED ? 3 : 1) };

my $t = Weir->new(plan => 6, conf => <<'CONF');
http {
    server {
        listen 127.0.0.1:%%PORT:web%% sndbuf=4k;
        root html;
        location /sendfile/ { alias html/; sendfile on; }
    }
}
CONF
my $file = bytes(100_000);
$t->write('html/a', '');
open my $out, '>:raw', $t->dir . '/html/a' or die $!;
print {$out} $file;
close $out or die $!;
$t->start;

my @starts = map { $_ * 7 % 9 } 1 .. RANGES;
my $value = 'bytes=' . join ',', map { "$_-" . ($_ + 1) } @starts;

sub resident {
    my ($pages) = (split ' ', slurp('/proc/' . ($t->worker_pids)[0] . '/statm'))[1];
    return $pages * 4096;
}

sub open_requests {
    my ($count) = @_;
    return map {
        my $c = $t->connect('web', receive_buffer => 4096);
        $c->send("GET /a HTTP/1.1\r\nHost: a\r\nRange: $value\r\n\r\n");
        $c->recv_until(qr/\r\n\r\n/);
        $c;
    } 1 .. $count;
}

for my $uri ('/a', '/sendfile/a') {
    my $r = $t->http_get($uri, headers => [ Range => $value ]);
    my ($boundary) = ($r->header('Content-Type') // '') =~ /boundary=(\d+)/;
    is length $r->body, $r->header('Content-Length'), "$uri: as long as announced";
    my $wanted = join '', map { "\r\n--$boundary\r\nContent-Type: text/plain\r\n"
        . "Content-Range: bytes $_-" . ($_ + 1) . "/100000\r\n\r\n" . substr $file, $_, 2 } @starts;
    ok $r->body eq "$wanted\r\n--$boundary--\r\n", 'and each range is there';
}

my @warm = open_requests(5);
my $before = resident();
my @open = open_requests(COUNT);
my $each = (resident() - $before) / COUNT;
diag sprintf '%.0f bytes each', $each;
cmp_ok $each, '<=', MOST, RANGES . ' ranges, not yet read';
$_->close for @open, @warm;
is $t->http_get('/a', headers => [ Range => 'bytes=1-2' ])->body, substr($file, 1, 2),
    'and the next client is served';
