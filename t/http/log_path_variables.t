# SPDX-License-Identifier: BSD-2-Clause
# access_log with variables in its path, with and without open_log_file_cache.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(descriptors wait_successor);

my $t = Weir->new(plan => 12, allow_log => qr/exited on signal 9|log lines lost/, conf => <<'CONF');
http {
    log_format uri "$request_uri";
    server {
        listen 127.0.0.1:%%PORT:web%%;
        access_log logs-$arg_a.log uri;
        access_log %%DIR%%/if-$arg_a.log uri if=$arg_b;
        access_log %%DIR%%/sub/$arg_c/x.log uri if=$arg_c;
        location / { return 200 x; }
        location /cached {
            return 200 x;
            open_log_file_cache max=2 inactive=20s valid=1m min_uses=2;
            access_log %%DIR%%/cached-$arg_a.log uri;
        }
    }
}
stream {
    log_format bytes "$bytes_sent";
    server {
        listen 127.0.0.1:%%PORT:tcp%%;
        return xyz;
        open_log_file_cache max=2;
        access_log %%DIR%%/tcp-$bytes_sent.log bytes;
    }
}
CONF
chmod 0777, $t->dir;    # the worker makes files there
$t->start;

$t->http_get("/?a=$_&b=" . ($_ % 2)) for 1, 2, 1;
is_deeply [ $t->wait_lines('logs-1.log', 2) ], [ '/?a=1&b=1', '/?a=1&b=1' ], 'relative to the prefix';
is_deeply [ $t->lines('logs-2.log') ], ['/?a=2&b=0'], 'each its own';
ok !-e $t->dir . '/if-2.log', 'none where the condition does not hold';
is scalar($t->lines('if-1.log')), 2, 'where it does there is one';

my ($worker) = $t->worker_pids;

sub is_open {
    return scalar grep { /\Q$_[0]\E/ } descriptors($worker);
}

$t->http_get('/cached?a=1');
is scalar($t->wait_lines('cached-1.log', 1)), 1, 'with a cache: one use';
is is_open('cached-1.log'), 0, 'does not keep it open';
$t->http_get('/cached?a=1');
$t->wait_lines('cached-1.log', 2);
is is_open('cached-1.log'), 1, 'two do';
is is_open('logs-'), 0, 'without a cache nothing is';

$t->http_get('/?a=x&c=../../up');
$t->http_get('/?a=x&c=there');
is $t->http_get('/?a=y')->status, 200, 'a folder that is not there, or a way up, stops nothing';
like slurp($t->dir . '/stderr'), qr/1 log lines lost, open\(\) ".*sub\/.*" failed/, 'what was lost is said';

# A line is written when its answer is out, so before the next answer on the same connection.
my $kept = $t->http_connect;
$kept->get("/?a=kill") for 1 .. 4;
$t->signal('KILL', $worker);
wait_successor(sub { $t->worker_pids }, $worker);
cmp_ok scalar($t->lines('logs-kill.log')), '>=', 3, 'kill -9 loses none';
$t->connect('tcp')->recv_all;
is_deeply [ $t->wait_lines('tcp-3.log', 1) ], ['3'], 'stream';
