# SPDX-License-Identifier: BSD-2-Clause
# Where a server leads a request elsewhere whose client has left, access is asked about as ever.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 1);
http {
    log_format end '$uri $status';
    access_log %%DIR%%/access end;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_ignore_client_abort on; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /denied { deny all; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->tcp_server('back', sub {
    my ($conn) = @_;
    $conn->recv_until(qr/\r\n\r\n/);
    select undef, undef, undef, 0.5;
    $conn->send("HTTP/1.1 200 OK\r\nX-Accel-Redirect: /denied\r\nContent-Length: 0\r\n\r\n");
});
$t->start;

my $c = $t->connect('web');
$c->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
select undef, undef, undef, 0.2;
$c->close;
is_deeply [ $t->wait_lines('access', 1) ], ['/denied 403'], 'it is denied';
