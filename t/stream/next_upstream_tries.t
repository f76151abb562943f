# SPDX-License-Identifier: BSD-2-Clause
# proxy_next_upstream_tries limits how many servers are tried.
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
        proxy_next_upstream_tries 2;
    }
}
CONF
$t->source_server('c', 'c');
$t->start;

ok $t->connect('front')->is_closed, 'the third is not reached';
my @tried = split /, /, ($t->wait_lines('tried.log', 1))[0];
is scalar @tried, 2, 'two were tried';
