# SPDX-License-Identifier: BSD-2-Clause
# A server marked down is not used.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:a%%;
        server 127.0.0.1:%%PORT:b%% down;
        server 127.0.0.1:%%PORT:c%%;
    }
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass backs;
    }
}
CONF
my %server = map { $_ => $t->source_server($_, $_) } qw(a b c);
$t->start;

is join('', map { $t->connect('front')->recv_all } 1 .. 6), 'acacac', 'the others take turns';
is $server{b}->accepts, 0, 'it saw nobody';
