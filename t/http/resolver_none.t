# SPDX-License-Identifier: BSD-2-Clause
# Without `resolver` a request to a name that is not in the configuration gets 502.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    log_format where "$status $upstream_addr";
    access_log %%DIR%%/where.log where;
    upstream known { server 127.0.0.1:%%PORT:back%%; }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$http_name; }
    }
}
CONF
$t->http_server('back');
$t->start;

is $t->http_get('/', headers => { Name => 'one.test' })->status, 502, 'nobody can be asked';
ok $t->wait_log(qr/\[error\] .*: \*\d+ no resolver defined to resolve one\.test, client: /), 'the log says so';
is +($t->wait_lines('where.log', 1))[0], '502 -', 'no server was tried';
is $t->http_get('/', headers => { Name => 'known' })->body, 'back', 'an upstream needs no resolver';
