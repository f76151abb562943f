# SPDX-License-Identifier: BSD-2-Clause
# What a client does not read waits at the server, not in weir.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
}
CONF
my $bytes = bytes(60_000_000);
my $back = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    $conn->{timeout} = 0.3;
    $server->note('stuck') if !$conn->send($bytes, maybe => 1);
});
$t->start;

my $client = $t->connect('front');
is $back->wait_note, 'stuck', 'the server cannot send it all';
my $got = $client->recv_all;
ok length $got < length $bytes && $got eq substr($bytes, 0, length $got),
    'the client reads what it could';
