# SPDX-License-Identifier: BSD-2-Clause
# The variables about the server tell of each one that was tried.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 10);
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:nobody%% max_fails=0;
        server 127.0.0.1:%%PORT:back%%;
    }
    log_format all "addr=$upstream_addr
received=$upstream_bytes_received
sent=$upstream_bytes_sent
connect=$upstream_connect_time
first=$upstream_first_byte_time
session=$upstream_session_time";
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass backs;
        access_log %%DIR%%/all.log all;
    }
    server {
        listen 127.0.0.1:%%PORT:return%%;
        return x;
        access_log %%DIR%%/return.log all;
    }
}
CONF
$t->tcp_server('back', sub {
    my ($conn) = @_;
    $conn->recv_bytes(5);
    $conn->has_news(0.15);
    $conn->send('seven b');
    $conn->has_news(0.15);
});
$t->start;

my $client = $t->connect('front');
$client->send('five!');
is $client->recv_all, 'seven b', 'a session';
my %value = map { /^(\w+)=(.*)/ } $t->wait_lines('all.log', 6);
is $value{addr}, join(', ', map { '127.0.0.1:' . $t->port($_) } qw(nobody back)), '$upstream_addr';
is $value{received}, '0, 7', '$upstream_bytes_received';
is $value{sent}, '0, 5', '$upstream_bytes_sent';
my ($connect) = $value{connect} =~ /^-, (\d+\.\d{3})$/;
my ($first) = $value{first} =~ /^-, (\d+\.\d{3})$/;
my ($session) = $value{session} =~ /^\d+\.\d{3}, (\d+\.\d{3})$/;
ok defined $connect, '$upstream_connect_time' or diag $value{connect};
ok defined $first && $first >= 0.1, '$upstream_first_byte_time' or diag $value{first};
ok defined $session && $session >= 0.2, '$upstream_session_time' or diag $value{session};
ok $connect <= $first && $first <= $session, 'in their order';
$client = $t->connect('return');
is $client->recv_all, 'x', 'a session without a server';
is +($t->wait_lines('return.log', 6))[0], 'addr=-', 'has none of them';
