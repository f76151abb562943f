# SPDX-License-Identifier: BSD-2-Clause
# With proxy_buffering off, X-Accel-Buffering: no, or without a file, a slow client holds its server up;
# each piece of a response passes at once, with buffering too.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 13);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /off { proxy_buffering off; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /file { proxy_max_temp_file_size 0; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /small {
            proxy_buffers 4 4k;
            proxy_busy_buffers_size 4k;
            proxy_max_temp_file_size 32k;
            proxy_temp_file_write_size 8k;
            proxy_temp_path folder 1 2;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
        location /ignore {
            proxy_ignore_headers X-Accel-Buffering;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
    }
}
CONF
my $back = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    my $request = Weir::HTTP::read_message($conn);
    my ($accel) = $request->uri =~ /accel=(\w+)/;
    my $field = $accel ? "X-Accel-Buffering: $accel\r\n" : '';
    if ($request->uri =~ /pieces/) {
        $conn->send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\none\n");
        $conn->recv_until(qr/go on/);
        $conn->send("two\n");
        return;
    }
    $conn->send("HTTP/1.1 200 OK\r\n${field}Content-Length: 30000000\r\n\r\n");
    return if $request->method eq 'HEAD'; # what follows would be taken for the next response
    for (1 .. 300) {
        last if !$conn->send('x' x 100_000, maybe => 1);
    }
    $server->note($request->uri);
});
$t->start;

# The body, to its length, and whether the server was free before anybody read.
sub look {
    my ($uri) = @_;
    my $c = $t->http_connect('web');
    my $before = $back->notes;
    $c->send("GET $uri HTTP/1.1\r\nHost: a\r\n\r\n");
    my $end = now() + 1;
    select undef, undef, undef, 0.02 while $back->notes == $before && now() < $end;
    my $is_free = $back->notes > $before ? 'free' : 'held';
    my $head = $c->recv_until(qr/\r\n\r\n/);
    my $body = $c->recv_bytes(30_000_000);
    return $body eq 'x' x 30_000_000 ? $is_free : 'broken';
}

is look('/'), 'free', 'by default';
is look('/off'), 'held', 'proxy_buffering off';
is look('/?accel=no'), 'held', 'X-Accel-Buffering: no';
is look('/off?accel=yes'), 'free', 'X-Accel-Buffering: yes';
is look('/ignore?accel=no'), 'free', 'proxy_ignore_headers';
is look('/file'), 'held', 'no file';
is look('/small'), 'held', 'a small file';
ok -d $t->dir . '/folder', 'its folder';

for my $uri ('/pieces', '/off/pieces') {
    my $c = $t->http_connect('web');
    $c->send("GET $uri HTTP/1.0\r\nHost: a\r\n\r\n");
    like $c->recv_until(qr/one\n/), qr/200 OK/, "$uri: a piece passes at once";
    $c->close;
}
is $t->http_get('/?accel=yes', method => 'HEAD')->header('X-Accel-Buffering'), undef,
    'the field is weir\'s';
my @files = glob $t->dir . '/folder/*';
is scalar @files, 0, 'files have no names';
is $t->http_get('/none', method => 'HEAD')->status, 200, 'and it goes on';
