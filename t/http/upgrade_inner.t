# SPDX-License-Identifier: BSD-2-Clause
# A request that no client waits for - auth_request's, a copy, one whose client has left - has
# nobody who could leave HTTP: a 101 is its end.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4, allow_log => qr/switched protocols unasked/);
http {
    log_format short '$status $uri';
    access_log %%DIR%%/access.log short;
    log_subrequest on;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection upgrade;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /asks { auth_request /auth; root %%DIR%%; }
        location /copied { mirror /mirror; root %%DIR%%; }
        location = /auth { proxy_pass http://127.0.0.1:%%PORT:switching%%; }
        location = /mirror { proxy_pass http://127.0.0.1:%%PORT:switching%%; }
        location = /left {
            proxy_pass http://127.0.0.1:%%PORT:late%%;
            proxy_ignore_client_abort on;
        }
    }
}
CONF
my $switch = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n";
$t->tcp_server('switching', sub {
    my ($conn) = @_;
    $conn->recv_until(qr/\r\n\r\n/);
    $conn->send($switch);
    $conn->is_closed;
});
$t->tcp_server('late', sub {
    my ($conn) = @_;
    $conn->recv_until(qr/\r\n\r\n/);
    $t->wait_log(qr/client prematurely closed connection/);
    $conn->send($switch, maybe => 1);
    $conn->is_closed;
});
$t->start;

sub ask {
    my ($path) = @_;
    my $conn = $t->connect;
    $conn->send("GET $path HTTP/1.1\r\nHost: a\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n");
    return $conn;
}
like ask('/asks')->recv_until(qr/\r\n\r\n/), qr/^HTTP\/1\.1 500 /, 'auth_request refuses';
ask('/copied')->recv_until(qr/\r\n\r\n/);
ask('/left')->close;
my @lines = $t->wait_lines('access.log', 5);
is scalar(grep { $_ eq '502 /auth' } @lines), 1, 'its question has ended';
is scalar(grep { $_ eq '502 /mirror' } @lines), 1, 'the copy, too';
is scalar(grep { $_ eq '101 /left' } @lines), 1, 'and what a client has left behind';
