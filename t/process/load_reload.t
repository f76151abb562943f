# SPDX-License-Identifier: BSD-2-Clause
# runs alone
# Twenty reloads under load, which change the number of workers, listeners and servers: no request and
# no session fails.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Load;

# What the number-th configuration has beside what it always has.
sub text {
    my ($number) = @_;
    my $workers = (1, 4, 2)[$number % 3];
    my $servers = join ' ', map { "server 127.0.0.1:%%PORT:back$_%%;" } 1 .. 1 + $number % 3;
    my $extra = $number % 2
        ? 'server { listen 127.0.0.1:%%PORT:extra%%; location / { return 200 extra; } }' : '';
    my $more = $number % 2 ? 'server { listen 127.0.0.1:%%PORT:more%%; return more; }' : '';
    return <<"CONF";
worker_processes $workers;
http {
    upstream app { $servers }
    server { listen 127.0.0.1:%%PORT:own%%; location / { return 200 own; } }
    server { listen 127.0.0.1:%%PORT:proxied%%; location / { proxy_pass http://app; } }
    server { listen 127.0.0.1:%%PORT:back1%%; listen 127.0.0.1:%%PORT:back2%%; listen 127.0.0.1:%%PORT:back3%%;
             location / { return 200 back; } }
    $extra
}
stream {
    upstream echo { server 127.0.0.1:%%PORT:echo%%; }
    server { listen 127.0.0.1:%%PORT:tcp%%; proxy_pass echo; }
    $more
}
CONF
}

my $t = Weir->new(plan => 8, conf => text(0));
my $echo = Weir::Load::start_echo('127.0.0.1', $t->port('echo'));
$t->start;
my @wrks = map { Weir::Load::start_wrk('http://127.0.0.1:' . $t->port($_) . '/', seconds => 8, connections => 10) } qw(own proxied);
my $hammer = Weir::Load::start_hammer('127.0.0.1', $t->port('tcp'), clients => 10);
my $slow = Weir::Load::start_hammer('127.0.0.1', $t->port('tcp'), clients => 10, pause_ms => 200);
my ($reloads, $extras) = (0, 0);
for my $number (1 .. 20) {
    $hammer->wait_sessions(100);
    $t->conf(text($number));
    my ($status, undef, $err) = $t->run('-s', 'reload');
    $reloads++ if $status == 0 or diag $err;
    $extras++ if $t->connect_error('extra', timeout => 1) eq ($number % 2 ? '' : 'ECONNREFUSED')
        || !($number % 2);
}
is $reloads, 20, '20 reloads';
is $extras, 20, 'a listener that comes is there';
is_deeply $_->stop->{failed}, {}, 'no session failed' for $hammer, $slow;
for my $wrk (@wrks) {
    $wrk->wait;
    is $wrk->{errors}, 0, "none of $wrk->{requests} requests failed" or diag $wrk->text;
    is $wrk->{non_2xx}, 0, 'no answer was an error';
}
