# SPDX-License-Identifier: BSD-2-Clause
# keepalive_disable: connections of old browsers are not kept: of MSIE 6 after a POST unless told
# otherwise.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 12);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 x; }
        location /none { keepalive_disable none; return 200 x; }
        location /safari { keepalive_disable safari; return 200 x; }
    }
}
CONF
$t->start;

my %agent = (
    msie6 => 'Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)',
    msie6_sv1 => 'Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)',
    msie7 => 'Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1)',
    opera => 'Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1) Opera 8.5',
    safari => 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9) AppleWebKit/537 Version/7.0 Safari/537',
    chrome => 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9) AppleWebKit/537 Chrome/31 Safari/537',
);



for my $row (
    [ '/', 'POST', 'msie6', 'close' ], [ '/', 'GET', 'msie6', 'keep-alive' ],
    [ '/', 'POST', 'msie6_sv1', 'keep-alive' ], [ '/', 'POST', 'msie7', 'keep-alive' ],
    [ '/', 'POST', 'opera', 'keep-alive' ], [ '/', 'POST', 'safari', 'keep-alive' ],
    [ '/none', 'POST', 'msie6', 'keep-alive' ], [ '/safari', 'GET', 'safari', 'close' ],
    [ '/safari', 'POST', 'safari', 'close' ], [ '/safari', 'GET', 'chrome', 'keep-alive' ],
    [ '/safari', 'POST', 'msie6', 'keep-alive' ], [ '/safari', 'GET', 'msie7', 'keep-alive' ],
) {
    my ($uri, $method, $agent, $expected) = @$row;
    my $c = $t->http_connect('web');
    my $r = $c->get($uri, method => $method, headers => [ 'User-Agent' => $agent{$agent} ]);
    is $r->header('Connection'), $expected, "$method $uri by $agent";
}
