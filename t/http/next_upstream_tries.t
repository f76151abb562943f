# SPDX-License-Identifier: BSD-2-Clause
# proxy_next_upstream_tries limits how many servers are tried.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    upstream backs {
        server 127.0.0.1:%%PORT:a%%;
        server 127.0.0.1:%%PORT:b%%;
        server 127.0.0.1:%%PORT:c%%;
    }
    log_format tried "$upstream_addr";
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / {
            proxy_pass http://backs;
            proxy_next_upstream_tries 2;
            access_log %%DIR%%/tried.log tried;
        }
    }
}
CONF
$t->http_server('c');
$t->start;

is $t->http_get('/')->status, 502, 'the third is not reached';
my @tried = split /, /, ($t->wait_lines('tried.log', 1))[0];
is scalar @tried, 2, 'two were tried';
