# SPDX-License-Identifier: BSD-2-Clause
# Failures count together only when they lie within fail_timeout.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:bad%% max_fails=2 fail_timeout=1s;
        server 127.0.0.1:%%PORT:good%% backup;
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

my $bad = '127.0.0.1:' . $t->port('bad');
my $count = sub { scalar grep { /^\Q$bad\E/ } $t->wait_lines('tried.log', $_[0]) };
$t->connect('front')->recv_all;
my $begin = now();
wait_for(sub { now() - $begin > 1.2 }, 5, 'the window to pass');
$t->connect('front')->recv_all for 1 .. 2;
is $count->(3), 3, 'one failure long ago and one now leave the server in';
$t->connect('front')->recv_all;
is $count->(4), 3, 'two within the window take it out';
