# SPDX-License-Identifier: BSD-2-Clause
# A server that refuses is passed over for the next one.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:nobody%%;
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
$t->source_server('good', 'good');
$t->start;

is $t->connect('front')->recv_all, 'good', 'the client sees only the good one';
my ($nobody, $good) = map { '127.0.0.1:' . $t->port($_) } qw(nobody good);
is +($t->wait_lines('tried.log', 1))[0], "$nobody, $good", 'both were tried';
