# SPDX-License-Identifier: BSD-2-Clause
# Sessions go out over a UNIX socket.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', allow_log => qr{nobody.sock}, plan => 3);
stream {
    upstream backs {
        server unix:%%DIR%%/nobody.sock;
        server unix:%%DIR%%/back.sock;
    }
    log_format tried "$upstream_addr";
    access_log %%DIR%%/tried.log tried;
    server {
        listen 127.0.0.1:%%PORT:one%%;
        proxy_pass unix:%%DIR%%/back.sock;
    }
    server {
        listen 127.0.0.1:%%PORT:two%%;
        proxy_pass backs;
    }
}
CONF
$t->tcp_server('back', Weir::Server::echo(), port => 'unix:back.sock');
$t->start;

my $bytes = bytes(1_000_000);
ok $t->connect('one')->exchange($bytes, keep => 1, want => length $bytes) eq $bytes,
    'bytes go and come';
is +($t->wait_lines('tried.log', 1))[0], 'unix:' . $t->dir . '/back.sock', 'the log has its name';
my $client = $t->connect('two');
$client->send("x\n");
is $client->recv_line, 'x', 'a socket that is not there is passed over';
