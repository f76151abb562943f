# SPDX-License-Identifier: BSD-2-Clause
# $termination_state says how each request ended, and each has exactly one line in the log.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 27, allow_log => qr{bodies});
worker_shutdown_timeout 500ms;
http {
    log_format end "$request_uri $status $termination_state $request_completion";
    access_log %%DIR%%/end.log end;
    client_header_timeout 300ms;
    client_body_timeout 300ms;
    send_timeout 300ms;
    proxy_next_upstream off;
    upstream none { server 127.0.0.1:%%PORT:refused%% down; }
    upstream second { server 127.0.0.1:%%PORT:refused%%; server 127.0.0.1:%%PORT:back%%; }
    server {
        listen 127.0.0.1:%%PORT:web%% sndbuf=16k;
        location /ok { return 200 x; }
        location /missing { return 404; }
        location /quiet { return 444; }
        location /no_peer { proxy_pass http://none; }
        location /refused { proxy_pass http://127.0.0.1:%%PORT:refused%%; }
        location /second { proxy_next_upstream error; proxy_pass http://second; }
        location /late { proxy_connect_timeout 200ms; proxy_pass http://127.0.0.1:%%PORT:full%%; }
        location /silent { proxy_read_timeout 200ms; proxy_pass http://127.0.0.1:%%PORT:silent%%; }
        location /waits { proxy_pass http://127.0.0.1:%%PORT:silent%%; }
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /circle { rewrite ^ /circle/x last; }
        location /empty { rewrite ^ $arg_none last; }
        location /full { client_body_buffer_size 1k; client_body_temp_path %%DIR%%/bodies; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $big = bytes(8_000_000);
$t->tcp_server('back', sub {
    my ($conn) = @_;
    my $request = Weir::HTTP::read_message($conn) or return;
    my $uri = $request->uri;
    if ($uri eq '/closed') { return }
    if ($uri eq '/bad')    { $conn->send("this is not HTTP\r\n\r\n"); return }
    if ($uri eq '/cut')    { $conn->send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"); return }
    my $body = $uri eq '/slow' ? $big : 'x';
    $conn->send(sprintf "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", length $body, $body);
});
$t->silent_server('silent');
my $full = $t->full_server('full');
$t->start;

my $lines = 0;
# What the next line of the log says.
sub next_line {
    $lines++;
    return ($t->wait_lines('end.log', $lines))[ $lines - 1 ];
}

sub ends {
    my ($uri, $line) = @_;
    $t->http_get($uri);
    is next_line(), $line, $uri;
}

ends('/ok',      '/ok 200 ok OK');
ends('/missing', '/missing 404 ok OK');
ends('/proxied', '/proxied 200 ok OK');
ends('/no_peer', '/no_peer 502 no_peer OK');
ends('/refused', '/refused 502 connect_refused OK');
ends('/second',  '/second 200 ok OK');
ends('/late',    '/late 504 connect_timeout OK');
ends('/silent',  '/silent 504 upstream_timeout OK');
ends('/closed',  '/closed 502 upstream_closed OK');
ends('/bad',     '/bad 502 upstream_bad OK');

# Sends text and then does something else than waiting for the answer.
sub after {
    my ($text, $action, $line, $what) = @_;
    my $c = $t->http_connect('web');
    $c->send($text);
    $action->($c);
    is next_line(), $line, $what;
    $c->close;
}
my $get = sub { "GET $_[0] HTTP/1.1\r\nHost: a\r\n\r\n" };
my $nothing = sub { };
my $close = sub { $_[0]->close };

after($get->('/cut'), sub { $_[0]->recv_all }, '/cut 200 upstream_closed ', 'a server that breaks off');
after($get->('/quiet'), sub { $_[0]->recv_all }, '/quiet 444 ok ', 'status 444');
after($get->('/waits'), $close, '/waits 499 client_closed ', 'a client that leaves');
after("GET /part HT", $close, ' 400 client_closed ', 'within the first line');
after("GET /part HTTP/1.1\r\n", $nothing, '/part 408 client_timeout ', 'a head that does not come');
after("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", $nothing,
    '/body 408 client_timeout ', 'a body that does not come');
after($get->('/slow'), $nothing, '/slow 200 client_timeout ', 'a client that takes nothing');
after("GET /bad\x01 HTTP/1.1\r\n\r\n", $nothing, '/bad 400 client_bad OK', 'no request');
after("GET /../.. HTTP/1.1\r\nHost: a\r\n\r\n", $nothing, '/../.. 400 client_bad OK', 'no path');
after("POST /chunks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n", $nothing,
    '/chunks 400 client_bad OK', 'no chunks');

rmdir $t->dir . '/bodies' or die "rmdir: $!";
after("POST /full HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n" . 'x' x 20_000, $nothing,
    '/full 500 internal OK', 'no room for a body');
after($get->('/circle'), $nothing, '/circle 500 internal OK', 'a path that leads back to itself');
after($get->('/empty'), $nothing, '/empty 500 internal OK', 'a path that leads nowhere');

my @two = map { my $c = $t->http_connect('web'); $c->send($get->('/ok') x 2); $c } 1;
is next_line(), '/ok 200 ok OK', 'pipelined: the first';
is next_line(), '/ok 200 ok OK', 'pipelined: the second';

my $last = $t->http_connect('web');
$last->send($get->('/waits'));
select undef, undef, undef, scaled(0.1);
$t->signal('HUP');
is next_line(), '/waits 499 shutdown ', 'a worker that cannot wait';
$_->close for @two, $last;
is scalar($t->lines('end.log')), $lines, 'one line each';
