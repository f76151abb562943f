# SPDX-License-Identifier: BSD-2-Clause
# A variable in proxy_pass that names nothing ends the session; the next one is served.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
stream {
    map $server_port $address {
        %%PORT:one%% 127.0.0.1:%%PORT:a%%;
        default "";
    }
    log_format status "$status";
    access_log %%DIR%%/status.log status;
    server {
        listen 127.0.0.1:%%PORT:one%%;
        listen 127.0.0.1:%%PORT:two%%;
        proxy_pass $address;
    }
}
CONF
$t->source_server('a', 'a');
$t->start;

ok $t->connect('two')->is_closed, 'no address, no session';
is +($t->wait_lines('status.log', 1))[0], 500, 'with status 500';
is $t->connect('one')->recv_all, 'a', 'the next is served';
