# SPDX-License-Identifier: BSD-2-Clause
# With max_fails=0 failures are not counted.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 1);
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:bad%% max_fails=0;
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

$t->connect('front')->recv_all for 1 .. 10;
my $bad = '127.0.0.1:' . $t->port('bad');
cmp_ok scalar(grep { /^\Q$bad\E/ } $t->wait_lines('tried.log', 10)), '>=', 5,
    'the bad one is tried again and again';
