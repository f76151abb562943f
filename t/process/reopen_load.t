# SPDX-License-Identifier: BSD-2-Clause
# Under load no line is lost, doubled or torn when logs are opened anew.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Load;

my $t = Weir->new(plan => 5, conf => <<'CONF')->start;
worker_processes 2;
http {
    log_format short "$connection.$connection_requests $pid end";
    server { listen 127.0.0.1:%%PORT:front%%; access_log access.log short; location / { return 200 x; } }
}
CONF
my $wrk = Weir::Load::start_wrk('http://127.0.0.1:' . $t->port('front') . '/', seconds => 2);
for my $round (1 .. 8) {
    my $size = -s $t->dir . '/access.log';
    wait_for(sub { -s $t->dir . '/access.log' > 10_000 }, undef, 'some lines');
    rename $t->dir . '/access.log', $t->dir . "/access.log.$round";
    $t->signal('USR1');
    wait_for(sub { -s $t->dir . '/access.log' }, undef, 'the new file');
}
$wrk->wait;
is $wrk->{errors} + $wrk->{non_2xx}, 0, 'no request failed';
$t->signal('QUIT');
is $t->wait_end, 0, 'weir ends';
my @lines = map { $t->lines("access.log$_") } (map { ".$_" } 1 .. 8), '';
is scalar(grep { !/^\d+\.\d+ \d+ end$/ } @lines), 0, 'all lines are whole';
my %seen;
is scalar(grep { $seen{$_}++ } @lines), 0, 'none is there twice';
cmp_ok scalar @lines, '>=', $wrk->{requests}, 'one for each request';
