# SPDX-License-Identifier: BSD-2-Clause
# After fail_timeout a failed server gets sessions again.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:a%% fail_timeout=1s;
        server 127.0.0.1:%%PORT:b%%;
    }
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass backs;
    }
}
CONF
my %server = map { $_ => $t->source_server($_, $_) } qw(a b);
$server{a}->stop;
$t->start;

is $t->connect('front')->recv_all, 'b', 'a fails';
$server{a}->start;
is join('', map { $t->connect('front')->recv_all } 1 .. 5), 'bbbbb',
    'a is left alone though it is back';
ok wait_for(sub { $t->connect('front')->recv_all eq 'a' }, 4, 'a session for a'),
    'until the time is over';
