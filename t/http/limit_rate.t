# SPDX-License-Identifier: BSD-2-Clause
# limit_rate: the first second's share goes at once, the rest as time passes; limit_rate_after goes
# before that; $limit_rate can be set. Other requests of the worker do not wait.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 9);
http {
    map $arg_fast $rate { default 100k; 1 0; }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { limit_rate 100k; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /after {
            limit_rate 100k;
            limit_rate_after 100k;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
        location /map { limit_rate $rate; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /set { set $limit_rate 100k; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /tell { set $limit_rate 3k; return 200 $limit_rate; }
        location /free { return 200 x; }
    }
}
CONF
my $body = bytes(150 * 1024);
$t->http_server('back', sub { [ 200, [], $body ] });
$t->start;

# Seconds that the response took; 0 where it came wrong.
sub seconds {
    my ($uri) = @_;
    my $begin = now();
    return $t->http_get($uri)->body eq $body ? now() - $begin : 0;
}

my $first = seconds('/');
cmp_ok $first, '>', 0.35, 'half of a second for what is beyond a second';
cmp_ok $first, '<', scaled(2), 'no more';
cmp_ok seconds('/after'), '<', scaled(0.3), 'limit_rate_after';
cmp_ok seconds('/map'), '>', 0.35, 'a variable';
cmp_ok seconds('/map?fast=1'), '<', scaled(0.3), 'whose value may be 0';
cmp_ok seconds('/set'), '>', 0.35, '$limit_rate is set';
is $t->http_get('/tell')->body, 3072, 'and read';
my $slow = $t->http_connect('web');
$slow->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
is $t->http_get('/free')->body, 'x', 'nobody else waits';
ok $slow->response->body eq $body, 'and the slow one gets it all';
