# SPDX-License-Identifier: BSD-2-Clause
# Bytes in either direction put proxy_timeout off for both.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
stream {
    server {
        listen 127.0.0.1:%%PORT:up%%;
        proxy_pass 127.0.0.1:%%PORT:silent%%;
        proxy_timeout 500ms;
    }
    server {
        listen 127.0.0.1:%%PORT:down%%;
        proxy_pass 127.0.0.1:%%PORT:talks%%;
        proxy_timeout 500ms;
    }
}
CONF
my $silent = $t->tcp_server('silent', sub { $_[1]->note($_[0]->recv_bytes(6)) });
$t->tcp_server('talks', sub {
    my ($conn) = @_;
    for (1 .. 6) {
        $conn->has_news(0.2);
        $conn->send('x');
    }
});
$t->start;

my $up = $t->connect('up');
my $down = $t->connect('down');
my $begin = now();
for (1 .. 6) {
    $up->has_news(0.2) and last;
    $up->send('x');
}
is $silent->wait_note, 'xxxxxx', 'from the client alone';
is $down->recv_all, 'xxxxxx', 'from the server alone';
cmp_ok now() - $begin, '>=', 1, 'both for longer than the timeout';
