# SPDX-License-Identifier: BSD-2-Clause
# A client that does not take the text of return is given up after five seconds.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
stream {
    log_format status "$status";
    access_log %%DIR%%/status.log status;
    server {
        listen 127.0.0.1:%%PORT:front%% sndbuf=4k;
        set $kb 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef;
        set $tens "$kb$kb$kb$kb$kb$kb$kb$kb$kb$kb";
        set $hundreds "$tens$tens$tens$tens$tens$tens$tens$tens$tens$tens";
        set $thousands "$hundreds$hundreds$hundreds$hundreds$hundreds$hundreds$hundreds$hundreds";
        return "$thousands$thousands";
    }
}
CONF
$t->start;

my $start = now();
my $client = $t->connect('front', receive_buffer => 4096);
wait_for(sub { $t->read('status.log') }, 15, 'the end of the session');
is $t->read('status.log'), "500\n", 'it counts as an error';
cmp_ok now() - $start, '>=', 4.9, 'after five seconds';
ok $t->wait_log(qr/connection timed out \(110: [^)]+\), client: 127/), 'the log says why';
cmp_ok length $client->recv_all, '<', 128_000, 'the client has a part';
