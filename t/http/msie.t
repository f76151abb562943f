# SPDX-License-Identifier: BSD-2-Clause
# msie_padding makes pages of errors longer for MSIE and Chrome, msie_refresh sends redirects to MSIE as
# pages; no URL gets out of its attribute there.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $msie = 'Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)';
my $chrome = 'Mozilla/5.0 (X11; Linux) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36';
my $opera = 'Opera/9.0 (compatible; MSIE 6.0)';

my $t = Weir->new(plan => 16, conf => <<'CONF');
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 404; }
        location /short { msie_padding off; return 404; }
        location /301 { return 301 http://a.example/$arg_a; }
        location /refresh/ { msie_refresh on; return 302 "http://a.example/$arg_a"; }
        location /303 { msie_refresh on; return 303 http://a.example/; }
        location /page { msie_refresh on; error_page 404 =301 http://b.example/; return 404; }
    }
}
CONF
$t->start;

sub got {
    my ($path, $agent) = @_;
    return $t->http_get($path, headers => [ 'User-Agent' => $agent ]);
}

my $plain = length got('/x', 'curl')->body;
cmp_ok $plain, '<', 512, 'a short page';
cmp_ok length got('/x', $_)->body, '>', 512, "a long one for $_" for $msie, $chrome;
is length got('/x', $opera)->body, $plain, 'not for Opera, whatever it says';
is length got('/short', $_)->body, $plain, "msie_padding off for $_" for $msie, $chrome;
my $c = $t->http_connect('web');
is $c->get('/%00', headers => [ 'User-Agent' => $msie ])->status, 400, 'an error without a request';
is got('/301', $msie)->status, 301, 'redirects stay';
my $r = got('/refresh/?a=b', $msie);
is $r->status, 200, 'msie_refresh: a page';
is $r->header('Location'), undef, 'without Location';
is $r->header('Content-Type'), 'text/html', 'HTML';
like $r->body, qr{<meta http-equiv="Refresh" content="0; URL=http://a\.example/b">}, 'that leads there';
like got('/refresh/?a="><script>', $msie)->body, qr{URL=http://a\.example/%22%3E%3Cscript%3E">},
    'nothing gets out of it';
is got('/refresh/', $chrome)->status, 302, 'not for others';
is got('/303', $msie)->status, 303, 'not for other statuses';
like got('/page', $msie)->body, qr{URL=http://b\.example/">}, 'error_page, too';
