# SPDX-License-Identifier: BSD-2-Clause
# With proxy_half_close on, a client that has ended its direction still receives.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
        proxy_half_close on;
    }
}
CONF
$t->tcp_server('back', sub {
    my ($conn) = @_;
    my $text = $conn->recv_all;
    $conn->send("<$_$text>") for 1 .. 3;
});
$t->start;

my $client = $t->connect('front');
$client->send('hello');
ok !$client->has_news(0.1), 'the server waits for the end';
$client->half_close;
is $client->recv_all, '<1hello><2hello><3hello>', 'and answers it';
