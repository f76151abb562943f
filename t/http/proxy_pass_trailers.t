# SPDX-License-Identifier: BSD-2-Clause
# Fields behind a chunked body go to the client where proxy_pass_trailers says so, but for those
# that would change what the message is or that Connection names; variables have them in any case.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 11);
http {
    log_format trailers '$uri [$sent_trailer_x_sum] [$upstream_trailer_x_sum] $sent_http_trailer';
    access_log %%DIR%%/access.log trailers;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /pass {
            proxy_pass_trailers on;
            proxy_set_header TE trailers;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
    }
}
CONF
my $back = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    while (1) {
        my $head = $conn->recv_until(qr/\r\n\r\n/);
        $server->note(join '|', $head =~ /^((?:TE|Connection): .*)\r$/mg);
        $conn->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n"
            . "Connection: keep-alive, x-hop\r\n\r\n"
            . "4\r\nbody\r\n0\r\n");
        select undef, undef, undef, 0.02 if $head =~ /slow/;
        $conn->send("$_\r\n") for 'X-Sum: 17', 'X-Hop: 1', 'Content-Length: 5', 'Host: evil',
            'Transfer-Encoding: x', 'X-More:  a b ', '';
    }
});
$t->start;

sub text {
    my ($uri, $version) = @_;
    my $c = $t->connect;
    $c->send("GET $uri HTTP/$version\r\nHost: a\r\nConnection: close\r\n\r\n");
    return $c->recv_all;
}

like text('/off', '1.1'), qr/\r\n\r\n4\r\nbody\r\n0\r\n\r\n\z/, 'off: they are dropped';
like text('/pass', '1.1'), qr/body\r\n0\r\nX-Sum: 17\r\nX-More: a b\r\n\r\n\z/, 'on: they are sent';
like text('/pass/slow', '1.1'), qr/body\r\n0\r\nX-Sum: 17\r\nX-More: a b\r\n\r\n\z/,
    'as late as they come';
like text('/pass', '1.0'), qr/\r\n\r\nbody\z/, 'HTTP/1.0 has no place for them';
my @lines = $t->wait_lines('access.log', 4);
is $lines[0], '/off [-] [17] -', 'the variables, dropped';
is $lines[1], '/pass [17] [17] -', 'sent';
is $lines[3], '/pass [-] [17] -', 'not sent';
is +($back->notes)[0], '', 'a server is not asked for them';
is +($back->notes)[1], 'Connection: TE|TE: trailers', 'unless proxy_set_header TE does';
my $c = $t->http_connect('web');
$c->get('/pass') for 1 .. 3;
is $back->accepts, 1, 'the connection to the server is kept';
ok $c->get('/pass')->body eq 'body', 'and the client\'s';
