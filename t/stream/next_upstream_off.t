# SPDX-License-Identifier: BSD-2-Clause
# With proxy_next_upstream off one server is tried.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:a%%;
        server 127.0.0.1:%%PORT:b%%;
    }
    log_format tried "$upstream_addr";
    access_log %%DIR%%/tried.log tried;
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass backs;
        proxy_next_upstream off;
    }
}
CONF
$t->source_server('b', 'b');
$t->start;

ok $t->connect('front')->is_closed, 'the session ends with it';
is +($t->wait_lines('tried.log', 1))[0], '127.0.0.1:' . $t->port('a'), 'it was the first';
