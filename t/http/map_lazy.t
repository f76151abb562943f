# SPDX-License-Identifier: BSD-2-Clause
# A map is worked out when its value is wanted, and once a request unless volatile.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    map $arg_a $first { default "<$arg_a>"; }
    map $first $second { default "$first$first"; }
    map $uri $kept { default $status; }
    map $uri $fresh { volatile; default $status; }
    log_format both "$kept $fresh";
    server {
        listen 127.0.0.1:%%PORT:web%%;
        access_log %%DIR%%/both.log both;
        location / {
            return 200 "$second";
        }
        location /proxy {
            proxy_pass http://127.0.0.1:%%PORT:back%%;
            proxy_set_header X-Both "$kept$fresh";
        }
    }
}
CONF
$t->http_server('back');
$t->start;

is $t->http_get('/?a=b')->body, '<b><b>', 'one map uses another';
$t->http_get('/proxy');
my ($kept, $fresh) = split / /, ($t->wait_lines('both.log', 2))[1];
is "$kept|$fresh", '000|200', 'kept and fresh';
