# SPDX-License-Identifier: BSD-2-Clause
# A client that resets its connection is gone at once, whatever of what it has sent is still to be
# read: another request, or more of a body than is taken now.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    log_format short '$status $termination_state $uri';
    access_log %%DIR%%/access.log short;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /asks { auth_request /auth; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location = /auth { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $back = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    $conn->recv_until(qr/\r\n\r\n/);
    $server->note('asked');
    $server->note('end') if $conn->is_closed;
});
$t->start;

my $c = $t->connect;
$c->send("GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n");
$back->wait_note;
$c->reset;
is $back->wait_note(2), 'end', 'with a request behind the first';
is +($t->wait_lines('access.log', 1))[0], '499 client_closed /first', 'which is the last';

$c = $t->connect;
$c->send("POST /asks HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" . 'x' x 300_000);
$back->wait_note(3);
$c->reset;
is $back->wait_note(4), 'end', 'with a body that nobody takes yet';
is +($t->wait_lines('access.log', 2))[1], '400 client_closed /asks', 'which is not whole';
