# SPDX-License-Identifier: BSD-2-Clause
# When all servers of a group fail, the last one stays in service: it is used as soon as it is back.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:a%% fail_timeout=60s;
        server 127.0.0.1:%%PORT:b%% fail_timeout=60s;
    }
    log_format tried "$upstream_addr";
    access_log %%DIR%%/tried.log tried;
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass backs;
    }
}
CONF
my ($a, $b) = map { '127.0.0.1:' . $t->port($_) } qw(a b);
my $server = $t->source_server('b', 'b');
$server->stop;
$t->start;

ok $t->connect('front')->is_closed, 'both refuse';
ok $t->connect('front')->is_closed, 'the one that is left refuses again';
is_deeply [ $t->wait_lines('tried.log', 2) ], [ "$a, $b", "$b, backs" ],
    'a is out, and no server is left after b';
$server->start;
is $t->connect('front')->recv_all, 'b', 'b is back, and used at once';
