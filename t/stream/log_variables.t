# SPDX-License-Identifier: BSD-2-Clause
# The variables about the session and the process have their values in the log.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Sys::Hostname qw(hostname);

my $t = Weir->new(conf => <<'CONF', plan => 20);
stream {
    log_format all "connection=$connection
bytes_received=$bytes_received
bytes_sent=$bytes_sent
hostname=$hostname
msec=$msec
pid=$pid
protocol=$protocol
remote_addr=$remote_addr
remote_port=$remote_port
server_addr=$server_addr
server_port=$server_port
session_time=$session_time
status=$status
time_iso8601=$time_iso8601
time_local=$time_local
version=$nginx_version
binary=$binary_remote_addr
proxy=$proxy_protocol_addr:$proxy_protocol_port-$proxy_protocol_server_addr:$proxy_protocol_server_port";
    access_log %%DIR%%/all.log all;
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
        proxy_half_close on;
    }
}
CONF
$t->tcp_server('back', sub {
    my ($conn) = @_;
    $conn->recv_all;
    $conn->has_news(0.2);
    $conn->send('four');
});
$t->start;

my $begin = time;
my $client = $t->connect('front', from => '127.0.0.9');
my (undef, $port) = $client->local;
$client->send('thirteen byte');
$client->has_news(0.2);
$client->half_close;
is $client->recv_all, 'four', 'a session';
my $end = time + 1;
my %value = map { /^(\w+)=(.*)/ } $t->wait_lines('all.log', 18);

like $value{connection}, qr/^\d+$/, '$connection';
is $value{bytes_received}, 13, '$bytes_received';
is $value{bytes_sent}, 4, '$bytes_sent';
is $value{hostname}, lc hostname(), '$hostname';
ok $value{msec} =~ /^\d+\.\d{3}$/ && $value{msec} >= $begin && $value{msec} <= $end, '$msec';
is $value{pid}, ($t->worker_pids)[0], '$pid';
is $value{protocol}, 'TCP', '$protocol';
is $value{remote_addr}, '127.0.0.9', '$remote_addr';
is $value{remote_port}, $port, '$remote_port';
is $value{server_addr}, '127.0.0.1', '$server_addr';
is $value{server_port}, $t->port('front'), '$server_port';
like $value{session_time}, qr/^\d+\.\d{3}$/, '$session_time';
ok $value{session_time} >= 0.15 && $value{session_time} < scaled(3), '$session_time: its value';
is $value{status}, 200, '$status';
like $value{time_iso8601}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/, '$time_iso8601';
like $value{time_local}, qr{^\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}$}, '$time_local';
like join('', $t->run_bare('-v')), qr{/\Q$value{version}\E\n}, '$nginx_version';
is $value{binary}, '\x7F\x00\x00\x09', '$binary_remote_addr, escaped';
is $value{proxy}, '-:---:-', '$proxy_protocol_addr and its kin, without a PROXY header';
