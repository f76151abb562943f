# SPDX-License-Identifier: BSD-2-Clause
# proxy_next_upstream_timeout limits the time for trying servers.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:a%%;
        server 127.0.0.1:%%PORT:b%%;
        server 127.0.0.1:%%PORT:c%%;
    }
    log_format tried "$upstream_addr";
    access_log %%DIR%%/tried.log tried;
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass backs;
        proxy_connect_timeout 200ms;
        proxy_next_upstream_timeout 300ms;
    }
}
CONF
my @full = map { $t->full_server($_) } qw(a b);
$t->source_server('c', 'c');
$t->start;

ok $t->connect('front')->is_closed, 'the third is not reached';
my @tried = split /, /, ($t->wait_lines('tried.log', 1))[0];
is scalar @tried, 2, 'two were tried';
