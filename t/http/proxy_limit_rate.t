# SPDX-License-Identifier: BSD-2-Clause
# proxy_limit_rate says how fast a response is read from its server, to its last byte; a variable may
# give the rate.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 8);
http {
    log_format length $upstream_response_length;
    access_log logs/length length;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        proxy_limit_rate $arg_rate;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /constant { proxy_limit_rate 300k; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /none { proxy_limit_rate 0; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $body = bytes(300_000);
$t->http_server('back', sub { return [ 200, [], $body ] });
$t->start;

sub seconds {
    my ($uri) = @_;
    my $begin = now();
    ok $t->http_get($uri)->body eq $body, "$uri: whole";
    return now() - $begin;
}

my $took = seconds('/constant');
ok $took > 0.85 && $took < scaled(1.5), 'about a second for 300 KB at 300 KB/s' or diag $took;
$took = seconds('/?rate=600000');
ok $took > 0.41 && $took < scaled(0.8), 'half of that at double the rate' or diag $took;
seconds('/none');
cmp_ok seconds('/'), '<', scaled(0.3), 'no rate, no limit';
is_deeply [ $t->wait_lines('logs/length', 4) ], [ (300_000) x 4 ], '$upstream_response_length is of all of it';
