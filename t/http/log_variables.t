# SPDX-License-Identifier: BSD-2-Clause
# The variables about a request have their values in the log.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 19);
http {
    log_format all "body_bytes_sent=$body_bytes_sent
bytes_sent=$bytes_sent
connection=$connection
connection_requests=$connection_requests
msec=$msec
pid=$pid
remote_port=$remote_port
request_length=$request_length
request_time=$request_time
request=$request
status=$status
server_protocol=$server_protocol
time_iso8601=$time_iso8601
time_local=$time_local
sent_http_content_type=$sent_http_content_type
sent_http_location=$sent_http_location
sent_http_none=$sent_http_none
upstream_addr=$upstream_addr
version=$nginx_version";
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 302 http://other.example/; }
        location = /last { return 200 "four"; access_log %%DIR%%/all.log all; }
    }
}
CONF
$t->start;

my $begin = time;
my $c = $t->http_connect('web');
$c->get('/') for 1 .. 2;
my $text = "GET /last HTTP/1.1\r\nHost: localhost\r\n\r\n";
my $r = $c->request($text);
my (undef, $port) = $c->local;
my %value = map { /^(\w+)=(.*)/ } $t->wait_lines('all.log', 19);
my $end = time + 1;

is $value{body_bytes_sent}, 4, '$body_bytes_sent';
is $value{bytes_sent}, length($r->head) + 4, '$bytes_sent';
like $value{connection}, qr/^\d+$/, '$connection';
is $value{connection_requests}, 3, '$connection_requests';
ok $value{msec} =~ /^\d+\.\d{3}$/ && $value{msec} >= $begin && $value{msec} <= $end, '$msec';
is $value{pid}, ($t->worker_pids)[0], '$pid';
is $value{remote_port}, $port, '$remote_port';
is $value{request_length}, length $text, '$request_length';
ok $value{request_time} =~ /^\d+\.\d{3}$/ && $value{request_time} < scaled(1), '$request_time';
is $value{request}, 'GET /last HTTP/1.1', '$request';
is $value{status}, 200, '$status';
is $value{server_protocol}, 'HTTP/1.1', '$server_protocol';
like $value{time_iso8601}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/, '$time_iso8601';
like $value{time_local}, qr{^\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}$}, '$time_local';
is $value{sent_http_content_type}, 'text/plain', '$sent_http_content_type';
is $value{sent_http_location}, '-', '$sent_http_location';
is $value{sent_http_none}, '-', '$sent_http_none';
is $value{upstream_addr}, '-', '$upstream_addr';
like join('', $t->run_bare('-v')), qr{/\Q$value{version}\E\n}, '$nginx_version';
