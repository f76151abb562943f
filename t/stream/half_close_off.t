# SPDX-License-Identifier: BSD-2-Clause
# Without proxy_half_close the end of either direction ends the session.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
stream {
    server {
        listen 127.0.0.1:%%PORT:one%%;
        proxy_pass 127.0.0.1:%%PORT:waits%%;
    }
    server {
        listen 127.0.0.1:%%PORT:two%%;
        proxy_pass 127.0.0.1:%%PORT:ends%%;
    }
}
CONF
my $waits = $t->tcp_server('waits', sub {
    my ($conn, $server) = @_;
    $server->note($conn->recv_bytes(5));
    $server->note('end') if $conn->is_closed;
});
my $ends = $t->tcp_server('ends', sub {
    my ($conn, $server) = @_;
    $conn->send('bye');
    $conn->half_close;
    $server->note('end') if $conn->is_closed;
});
$t->start;

my $client = $t->connect('one');
$client->send('hello');
$client->half_close;
ok $client->is_closed, 'the client ends: its other direction ends too';
is $waits->wait_note(2), 'end', 'so does the server\'s';
is +($waits->notes)[0], 'hello', 'after what the client had sent';
$client = $t->connect('two');
$client->recv_all;
is $ends->wait_note, 'end', 'the server ends: so does the client\'s direction';
