# SPDX-License-Identifier: BSD-2-Clause
# The files of Debian's package nginx-common, as they lie there, serve the page of a first
# installation.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Weir::Process qw(run_command);

my ($main, $site) = ('/etc/nginx/nginx.conf', '/etc/nginx/sites-enabled/default');
my $page = '/var/www/html/index.nginx-debian.html';
plan skip_all => 'nginx-common is not here as it was packaged' if grep { !-r } $main, $site, $page;
plan skip_all => 'needs root, for the user of that file' if $> != 0;
Weir->in_namespace(tmpfs => [ '/run', '/var/log/nginx' ]);

my $t = Weir->new(conf => slurp($main), plan => 9);
$t->start;

my $answer = $t->http_get('/', port => '127.0.0.1:80', headers => [ 'Accept-Encoding', 'identity' ]);
is $answer->status, 200, 'the page';
is $answer->body, slurp($page), 'is the one that Debian brings';
is $answer->header('Content-Type'), 'text/html', 'its type comes from mime.types';
is $t->http_get('/', port => '[::1]:80')->status, 200, 'over IPv6, too';
is $t->http_get('/nothing', port => '127.0.0.1:80')->status, 404, 'what is not there';
$answer = $t->http_get('/', port => '127.0.0.1:80', headers => [ 'If-None-Match', $answer->header('ETag') ]);
is $answer->status, 304, 'what the client has';

my ($status, $out) = run_command([ 'curl', '-sS', '--compressed', '-o', '/dev/null',
    '-w', '%{http_code} %{content_type}', 'http://127.0.0.1/' ]);
is $out, '200 text/html', 'curl, packed by gzip';
wait_for(sub { (() = slurp('/var/log/nginx/access.log') =~ /\n/g) == 5 }, undef, 'five lines in the log');
like slurp('/var/log/nginx/access.log'), qr{^127\.0\.0\.1 - - \[.+\] "GET / HTTP/1\.1" 200 \d+ "-" "curl/}m,
    'logged as combined' or diag slurp('/var/log/nginx/access.log');
unlike slurp('/var/log/nginx/error.log'), qr/\[(?:emerg|alert|crit)\]/, 'without complaints';
