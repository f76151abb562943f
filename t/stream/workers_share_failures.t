# SPDX-License-Identifier: BSD-2-Clause
# All workers together count the failures of a server.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 1);
worker_processes 3;
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:bad%% max_fails=3 fail_timeout=60s;
        server 127.0.0.1:%%PORT:good%%;
    }
    log_format tried "$upstream_addr";
    access_log %%DIR%%/tried.log tried;
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass backs;
    }
}
CONF
$t->source_server('good', 'x');
$t->start;

$t->connect('front')->recv_all for 1 .. 40;
my $bad = '127.0.0.1:' . $t->port('bad');
is scalar(grep { /^\Q$bad\E/ } $t->wait_lines('tried.log', 40)), 3, 'three sessions tried it';
