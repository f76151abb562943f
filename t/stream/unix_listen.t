# SPDX-License-Identifier: BSD-2-Clause
# Sessions come in over a UNIX socket.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
stream {
    log_format who "$remote_addr|$remote_port|$protocol";
    access_log %%DIR%%/who.log who;
    server {
        listen unix:%%DIR%%/front.sock;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
}
CONF
$t->echo_server('back');
$t->start;

my $bytes = bytes(1_000_000);
my $client = $t->connect('unix:front.sock');
ok $client->exchange($bytes, keep => 1, want => length $bytes) eq $bytes, 'bytes go and come';
$client->close;
is +($t->wait_lines('who.log', 1))[0], 'unix:||TCP', 'the client has no address';
is((stat $t->dir . '/front.sock')[2] & 0777, 0666, 'everybody may connect');
$t->stop;
ok !-e $t->dir . '/front.sock', 'the socket goes with weir';
