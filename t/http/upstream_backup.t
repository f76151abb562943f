# SPDX-License-Identifier: BSD-2-Clause
# Backup servers and servers marked down, in http.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    upstream backs {
        server 127.0.0.1:%%PORT:a%% max_fails=0;
        server 127.0.0.1:%%PORT:b%% down;
        server 127.0.0.1:%%PORT:spare%% backup;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://backs; }
    }
}
CONF
my %server = map { $_ => $t->http_server($_) } qw(a b spare);
$t->start;

is join('', map { $t->http_get('/')->body } 1 .. 3), 'aaa', 'neither while the first serves';
$server{a}->stop;
is $t->http_get('/')->body, 'spare', 'the backup when it does not';
is $server{b}->accepts, 0, 'never the one marked down';
