# SPDX-License-Identifier: BSD-2-Clause
# After proxy_connect_timeout the next server of the group is tried.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 1);
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:full%%;
        server 127.0.0.1:%%PORT:good%%;
    }
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass backs;
        proxy_connect_timeout 200ms;
    }
}
CONF
my $full = $t->full_server('full');
$t->source_server('good', 'good');
$t->start;

is $t->connect('front')->recv_all, 'good', 'the other one serves';
