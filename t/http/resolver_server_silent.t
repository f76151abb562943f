# SPDX-License-Identifier: BSD-2-Clause
# Where a DNS server does not answer, or nobody listens there, the next one is asked.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 5);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /silent {
            resolver 127.0.0.1:%%PORT:silent%% 127.0.0.1:%%PORT:dns%%;
            proxy_pass http://$http_name:%%PORT:back%%;
        }
        location /closed {
            resolver 127.0.0.1:%%PORT:closed%% 127.0.0.1:%%PORT:dns%%;
            proxy_pass http://$http_name:%%PORT:back%%;
        }
    }
}
CONF
my $silent = Weir::DNS->start($t, 'silent', sub { return });
my $dns = Weir::DNS->start($t, 'dns', sub {
    return { answers => $_[0]{type} eq 'A' ? [ [ A => '127.0.0.1' ] ] : [] };
});
$t->http_server('back');
$t->start;

is $t->http_get('/silent', headers => { Name => 'one.test' })->status, 200, 'after a silent server';
is $silent->queries, 2, 'which was asked, too';
is $t->http_get('/closed', headers => { Name => 'one.test' })->status, 200, 'where nobody listens';
my $silent_at = '127.0.0.1:' . $t->port('silent');
ok $t->wait_log(qr/\[error\] .* DNS server does not answer while resolving "one\.test", resolver: $silent_at\n/),
    'the log tells of the one';
my $closed_at = '127.0.0.1:' . $t->port('closed');
ok $t->wait_log(
    qr/\[error\] .* DNS server cannot be reached while resolving "one\.test", resolver: $closed_at\n/
),
    'and of the other';
