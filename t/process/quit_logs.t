# SPDX-License-Identifier: BSD-2-Clause
# At the end of weir its logs are whole: a line for each request that was answered.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Load;

my $t = Weir->new(plan => 4, conf => <<'CONF')->start;
worker_processes 2;
http {
    log_format short "$status end";
    server { listen 127.0.0.1:%%PORT:front%%; access_log access.log short; location / { return 200 x; } }
}
CONF
my $ab = Weir::Load::ab('http://127.0.0.1:' . $t->port('front') . '/', requests => 5000);
$t->signal('QUIT');
is $t->wait_end, 0, 'weir ends';
is $ab->{errors}, 0, 'no request failed';
is scalar(grep { $_ ne '200 end' } $t->lines('access.log')), 0, 'all lines are whole';
is scalar($t->lines('access.log')), 5000, 'and all are there';
