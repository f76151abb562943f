# SPDX-License-Identifier: BSD-2-Clause
# After max_fails failures a server is left alone.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:bad%% max_fails=3 fail_timeout=30s;
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

is join('', map { $t->connect('front')->recv_all } 1 .. 20), 'x' x 20, 'every session is served';
my $bad = '127.0.0.1:' . $t->port('bad');
is scalar(grep { /^\Q$bad\E/ } $t->wait_lines('tried.log', 20)), 3,
    'three of them tried the bad one';
