# SPDX-License-Identifier: BSD-2-Clause
# proxy_bind ... transparent connects from addresses that are not the machine's own, although workers
# are no root; without that right there is a line in the log, and 502.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(status_of);
use Weir::Process qw(run_command);

use constant CAP_NET_RAW => 1 << 13;

Weir->in_namespace;

# What comes for these addresses is for us; they are not ours all the same.
for my $words ('rule add to 192.0.2.0/24 lookup 100', 'route add local 192.0.2.0/24 dev lo table 100') {
    my ($status, undef, $error) = run_command([ 'ip', split / /, $words ]);
    plan skip_all => "ip $words: $error" if $status != 0;
}

my $text = <<'CONF';
http {
    server {
        listen 127.0.0.1:80;
        location / { proxy_pass http://127.0.0.1:81; proxy_bind 192.0.2.1 transparent; }
        location /variable { proxy_pass http://127.0.0.1:81; proxy_bind $http_x_from transparent; }
        location /plain { proxy_pass http://127.0.0.1:81; proxy_bind 192.0.2.9; }
        location /none { proxy_pass http://127.0.0.1:81; proxy_bind $http_x_from transparent; }
    }
}
stream { server { listen 127.0.0.1:82; proxy_pass 127.0.0.1:83; proxy_bind 192.0.2.3 transparent; } }
CONF
my $t = Weir->new(plan => 7, conf => $text, allow_log => qr/Cannot assign requested address/);
$t->http_server('127.0.0.1:81', sub { [ 200, [], ($_[1]->remote)[0] ] });
$t->tcp_server('127.0.0.1:83', sub { $_[0]->send(($_[0]->remote)[0]) });
$t->start;

sub get { return $t->http_get($_[0], port => '127.0.0.1:80', headers => { 'X-From' => $_[1] // '' }) }

is get('/')->body, '192.0.2.1', 'an address';
is get('/variable', '192.0.2.2')->body, '192.0.2.2', 'a variable';
is get('/none')->body, '127.0.0.1', 'an empty one';
is $t->connect('127.0.0.1:82')->recv_all, '192.0.2.3', 'in stream';
is get('/plain')->status, 502, 'without transparent it is not to be had';
my ($worker) = $t->worker_pids;
is hex status_of($worker)->{CapEff}, CAP_NET_RAW, 'the worker may do that and nothing else';

$t->reload($text =~ s/ transparent//gr);
wait_for(sub { my @workers = $t->worker_pids; @workers == 1 && $workers[0] != $worker }, undef, 'the new worker');
is hex status_of(($t->worker_pids)[0])->{CapEff}, 0, 'where nobody wants it, nothing at all';
$t->stop;

my $other = Weir->new(plan => 2, user => 'nobody', conf => $text =~ s/:8([02]);/:808$1;/gr,
    allow_log => qr/CAP_NET_RAW|Operation not permitted/)->start;
is $other->http_get('/', port => '127.0.0.1:8080')->status, 502, 'without the right';
like $other->log, qr/\[alert\] .*"transparent" of proxy_bind needs root or CAP_NET_RAW/, 'it is said why';
