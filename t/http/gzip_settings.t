# SPDX-License-Identifier: BSD-2-Clause
# Who gets nothing packed, what is too short, and how much memory a packer may have.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Compress::Zlib ();
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 16);
http {
    default_type text/x;
    gzip on;
    gzip_types text/x;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 "some text to be packed by gzip"; }
        location /min { gzip_min_length 100; return 200 "some text to be packed by gzip"; }
        location /disable { gzip_disable bad msie6; return 200 "some text to be packed by gzip"; }
        location /any { gzip_proxied any; return 200 "some text to be packed by gzip"; }
        location /auth { gzip_proxied expired auth; expires 1h; return 200 "some text to be packed by gzip"; }
        location /little { gzip_window 512; gzip_hash 512; postpone_gzipping 100k; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /much { gzip_window 32k; gzip_hash 128k; gzip_comp_level 9; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $text = bytes(8_000) x 20;
$t->http_server('back', sub { [ 200, [ 'Content-Type' => 'text/x', 'Content-Length' => undef ], $text ] }, close => 1);
$t->start;

sub encoding {
    my ($uri, @headers) = @_;
    my $r = $t->http_get($uri, headers => [ 'Accept-Encoding' => 'gzip', @headers ]);
    return $r->header('Content-Encoding') // 'none';
}

is encoding('/'), 'gzip', 'packed';
is encoding('/min'), 'none', 'too short';
is encoding('/disable', 'User-Agent' => 'a good one'), 'gzip', 'an agent';
is encoding('/disable', 'User-Agent' => 'a BAD one'), 'none', 'one that gzip_disable names';
is encoding('/disable', 'User-Agent' => "Mozilla/4.0 (compatible; MSIE $$_[0]"), $$_[1], "MSIE $$_[0]"
    for [ '6.0; Windows)', 'none' ], [ '5.5)', 'none' ], [ '7.0)', 'gzip' ], [ '6.0; SV1)', 'gzip' ],
    [ '6.0) Opera 8', 'gzip' ];
is encoding('/', Via => '1.1 a'), 'none', 'not for another proxy';
is encoding('/any', Via => '1.1 a'), 'gzip', 'unless it may';
is encoding('/auth', Via => '1.1 a'), 'none', 'not where it would be kept';
is encoding('/auth', Via => '1.1 a', Authorization => 'Basic YTpi'), 'gzip', 'but with a password';

my %size;
for my $uri ('/little', '/much') {
    my $r = $t->http_get($uri, headers => [ 'Accept-Encoding' => 'gzip' ]);
    ok Compress::Zlib::memGunzip($r->body) eq $text, "$uri memory packs it whole";
    $size{$uri} = length $r->body;
}
cmp_ok $size{'/much'}, '<', $size{'/little'}, 'more memory packs it smaller';
