# SPDX-License-Identifier: BSD-2-Clause
# access_log: if=, off, and more than one.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
stream {
    map $remote_addr $wanted {
        127.0.0.2 1;
        127.0.0.3 0;
        default "";
    }
    log_format address "$remote_addr";
    access_log %%DIR%%/all.log address;
    server {
        listen 127.0.0.1:%%PORT:front%%;
        return x;
        access_log %%DIR%%/if.log address if=$wanted;
        access_log %%DIR%%/each.log address;
    }
    server {
        listen 127.0.0.1:%%PORT:off%%;
        return x;
        access_log off;
    }
    server {
        listen 127.0.0.1:%%PORT:inherits%%;
        return x;
    }
}
CONF
$t->start;

$t->connect('front', from => "127.0.0.$_")->recv_all for 2, 3, 4;
is_deeply [ $t->wait_lines('each.log', 3) ], [ map { "127.0.0.$_" } 2, 3, 4 ], 'one for all';
is_deeply [ $t->lines('if.log') ], ['127.0.0.2'], 'one under a condition';
$t->connect($_, from => '127.0.0.5')->recv_all for 'off', 'inherits';
is_deeply [ $t->wait_lines('all.log', 1) ], ['127.0.0.5'], 'a server inherits, or not';
$t->stop;
is scalar($t->lines('all.log')), 1, 'off is off';
