# SPDX-License-Identifier: BSD-2-Clause
# A server's request ends at once when the client leaves, unless proxy_ignore_client_abort is on; then
# it is finished, and logged.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 9);
http {
    log_format short '$uri $status $upstream_status $upstream_response_length $request_completion';
    access_log %%DIR%%/access.log short;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /on {
            proxy_ignore_client_abort on;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
    }
}
CONF
my $back = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    my $request = Weir::HTTP::read_message($conn);
    $server->note('asked');
    if ($request->uri eq '/on/body') {
        $conn->send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" . 'x' x 500_000);
        select undef, undef, undef, 0.3;
        $server->note($conn->send('x' x 500_000, maybe => 1) ? 'done' : 'failed');
        return;
    }
    my $is_left = $conn->has_news(0.5);
    $server->note($is_left ? 'left' : 'stayed');
    $conn->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", maybe => 1);
});
$t->start;

# What the server found, and the line in the log.
sub leave {
    my ($uri, $number, $wanted) = @_;
    my $c = $t->http_connect('web');
    $c->send("GET $uri HTTP/1.1\r\nHost: a\r\n\r\n");
    $back->wait_note($number * 2 - 1);
    $c->recv_until(qr/xxx/) if $uri =~ /body/;
    $c->close;
    is $back->wait_note($number * 2), $wanted, "$uri: the server's side";
    return ($t->wait_lines('access.log', $number))[-1];
}

is leave('/', 1, 'left'), '/ 499 - 0 ', 'off';
is leave('/on', 2, 'stayed'), '/on 200 200 2 ', 'on';
is leave('/on/body', 3, 'done'), '/on/body 200 200 1000000 ', 'on, within the body';
my $r = $t->http_get('/on');
is $r->status, 200, 'a client that stays';
is $r->body, 'ok', 'gets it';
is +($t->wait_lines('access.log', 4))[-1], '/on 200 200 2 OK', 'and has had all of it';
