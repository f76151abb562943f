# SPDX-License-Identifier: BSD-2-Clause
# $status tells how a session ended.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
stream {
    log_format status "$status";
    server {
        listen 127.0.0.1:%%PORT:fine%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
        access_log %%DIR%%/fine.log status;
    }
    server {
        listen 127.0.0.1:%%PORT:denied%%;
        deny all;
        proxy_pass 127.0.0.1:%%PORT:back%%;
        access_log %%DIR%%/denied.log status;
    }
    server {
        listen 127.0.0.1:%%PORT:refused%%;
        proxy_pass 127.0.0.1:%%PORT:nobody%%;
        access_log %%DIR%%/refused.log status;
    }
    server {
        listen 127.0.0.1:%%PORT:idle%%;
        proxy_pass 127.0.0.1:%%PORT:silent%%;
        proxy_timeout 200ms;
        access_log %%DIR%%/idle.log status;
    }
}
CONF
$t->source_server('back', 'x');
$t->silent_server('silent');
$t->start;

my %expected = (fine => 200, denied => 403, refused => 502, idle => 200);
for my $name (sort keys %expected) {
    $t->connect($name)->recv_all;
    is +($t->wait_lines("$name.log", 1))[0], $expected{$name}, $name;
}
