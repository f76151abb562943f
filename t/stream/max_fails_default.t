# SPDX-License-Identifier: BSD-2-Clause
# Without max_fails one failure is enough.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 1);
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:bad%%;
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
is scalar(grep { /^\Q$bad\E/ } $t->wait_lines('tried.log', 10)), 1, 'one session tried the bad one';
