# SPDX-License-Identifier: BSD-2-Clause
# Thousands of log files are opened anew, also for a worker that has no time just then.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(descriptors);

my $count = 4000;
my $many = join "\n", map { "access_log many/$_.log x;" } 1 .. $count;
my $t = Weir->new(plan => 3, conf => <<"CONF");
worker_rlimit_nofile 16000;
http {
    log_format x x;
    server { listen 127.0.0.1:%%PORT:many%%; $many }
    server { listen 127.0.0.1:%%PORT:web%%; location / { return 200 x; } access_log one.log x; }
}
CONF
mkdir $t->dir . '/many';
$t->start;
my ($worker) = $t->worker_pids;
rename $t->dir . '/many', $t->dir . '/old' or die $!;
rename $t->dir . '/one.log', $t->dir . '/one.old' or die $!;
mkdir $t->dir . '/many';
kill STOP => $worker;
$t->signal('USR1');
wait_for(sub { -e $t->dir . '/one.log' }, 30, 'new files');
kill CONT => $worker;
wait_for(sub { !grep { m{/old/|one\.old} } descriptors($worker) }, 30, 'the end of the old ones');
is_deeply [ $t->worker_pids ], [$worker], 'the worker has lived through it';
is scalar(grep { m{/many/} } descriptors($worker)), $count, 'all files are open';
$t->http_connect('web')->get('/');
is scalar($t->wait_lines('one.log', 1)), 1, 'and are written to';
