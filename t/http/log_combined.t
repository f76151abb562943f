# SPDX-License-Identifier: BSD-2-Clause
# access_log without a format writes the combined one.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    access_log %%DIR%%/access.log;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 "four"; }
    }
}
CONF
$t->start;

my @headers = ('User-Agent' => 'test/1 "x"', 'Referer' => 'http://r.example/');
$t->http_get('/a?b="c', headers => \@headers);
$t->http_get('/', method => 'HEAD', version => '1.0');
my @lines = $t->wait_lines('access.log', 2);
my $time = qr{\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]};
my $sent = qr{"http://r\.example/" "test/1 \\x22x\\x22"};
like $lines[0],
    qr{^127\.0\.0\.1 - - $time "GET /a\?b=\\x22c HTTP/1\.1" 200 4 $sent$},
    'all of it';
like $lines[1], qr{^127\.0\.0\.1 - - $time "HEAD / HTTP/1\.0" 200 0 "-" "-"$},
    'what is not there is a dash';
