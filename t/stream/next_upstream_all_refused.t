# SPDX-License-Identifier: BSD-2-Clause
# When every server refuses, the session ends with status 502.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:a%%;
        server 127.0.0.1:%%PORT:b%%;
    }
    log_format tried "$status $upstream_addr";
    access_log %%DIR%%/tried.log tried;
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass backs;
    }
}
CONF
$t->start;

ok $t->connect('front')->is_closed, 'the client\'s connection ends';
my ($a, $b) = map { '127.0.0.1:' . $t->port($_) } qw(a b);
is +($t->wait_lines('tried.log', 1))[0], "502 $a, $b", 'each was tried once';
