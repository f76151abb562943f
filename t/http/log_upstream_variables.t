# SPDX-License-Identifier: BSD-2-Clause
# The variables about the servers tell of each one that was tried.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 12);
http {
    upstream backs {
        server 127.0.0.1:%%PORT:nobody%% max_fails=0;
        server 127.0.0.1:%%PORT:back%%;
    }
    log_format all "addr=$upstream_addr
status=$upstream_status
connect=$upstream_connect_time
header=$upstream_header_time
response=$upstream_response_time
length=$upstream_response_length
received=$upstream_bytes_received
sent=$upstream_bytes_sent
http=$upstream_http_x_back
server=$upstream_http_server
date=$upstream_http_date
proxy_host=$proxy_host:$proxy_port";
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://backs; access_log %%DIR%%/all.log all; }
    }
}
CONF
my $head = "HTTP/1.1 200 OK\r\nX-Back: yes\r\nServer: back/1\r\nContent-Length: 5\r\n\r\n";
my $back = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    my $request = Weir::HTTP::read_message($conn);
    $server->note(length $request->head);
    $conn->has_news(0.15);
    $conn->send($head);
    $conn->has_news(0.15);
    $conn->send('abcde');
});
$t->start;

$t->http_get('/');
my %value = map { /^(\w+)=(.*)/ } $t->wait_lines('all.log', 12);
is $value{addr}, join(', ', map { '127.0.0.1:' . $t->port($_) } qw(nobody back)), '$upstream_addr';
is $value{status}, '502, 200', '$upstream_status';
like $value{connect}, qr/^-, \d\.\d{3}$/, '$upstream_connect_time';
like $value{header}, qr/^-, 0\.[1-9]\d\d$/, '$upstream_header_time';
like $value{response}, qr/^\d\.\d{3}, 0\.[2-9]\d\d$/, '$upstream_response_time';
is $value{length}, '0, 5', '$upstream_response_length';
is $value{received}, '0, ' . (length($head) + 5), '$upstream_bytes_received';
is $value{sent}, '0, ' . $back->wait_note, '$upstream_bytes_sent';
is $value{http}, 'yes', '$upstream_http_...';
is $value{server}, 'back/1', '$upstream_http_server, which is not passed on';
is $value{date}, '-', '$upstream_http_date is none of weir\'s own';
is $value{proxy_host}, 'backs:80', '$proxy_host and $proxy_port';
