# SPDX-License-Identifier: BSD-2-Clause
# A backup server serves only while no other one does.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:a%% max_fails=0;
        server 127.0.0.1:%%PORT:spare%% backup;
        server 127.0.0.1:%%PORT:b%% max_fails=0;
    }
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass backs;
    }
}
CONF
my @backs = map { $t->source_server($_, $_) } qw(a b);
$t->source_server('spare', 'spare');
$t->start;

is join('', map { $t->connect('front')->recv_all } 1 .. 4), 'abab', 'not while the others serve';
$_->stop for @backs;
is $t->connect('front')->recv_all, 'spare', 'when both refuse';
$_->start for @backs;
like $t->connect('front')->recv_all, qr/^[ab]$/, 'no more when they are back';
