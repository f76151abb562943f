# SPDX-License-Identifier: BSD-2-Clause
# A server that does not answer within proxy_connect_timeout is given up.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
stream {
    log_format status "$status";
    access_log %%DIR%%/status.log status;
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
        proxy_connect_timeout 300ms;
    }
}
CONF
my $full = $t->full_server('back');
$t->start;

my $begin = now();
my $client = $t->connect('front');
ok $client->is_closed, 'the session ends';
cmp_ok now() - $begin, '>=', 0.25, 'not before the time';
is +($t->wait_lines('status.log', 1))[0], 502, 'with status 502';
