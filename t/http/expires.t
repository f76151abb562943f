# SPDX-License-Identifier: BSD-2-Clause
# expires: a time from now or from Last-Modified, a time of the day, epoch, max, off, variables.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 18);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        expires 1h;
        location / { return 200 x; }
        location /missing { return 404; }
        location /minus { expires -1; return 200 x; }
        location /plus { expires +24h; return 200 x; }
        location /epoch { expires epoch; return 200 x; }
        location /max { expires max; return 200 x; }
        location /off { expires off; return 200 x; }
        location /day { expires @15h30m; return 200 x; }
        location /variable { expires $arg_e; return 200 x; }
        location /modified { expires modified 1d; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /theirs { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub {
    [ 200, [ 'Last-Modified' => 'Sun, 09 Sep 2001 01:46:40 GMT', Expires => 'never',
             'Cache-Control' => 'a', 'Cache-Control' => 'b' ], 'x' ]
});
$ENV{TZ} = 'UTC';
$t->start;

my %month = (Jan => 1, Feb => 2, Mar => 3, Apr => 4, May => 5, Jun => 6, Jul => 7, Aug => 8,
    Sep => 9, Oct => 10, Nov => 11, Dec => 12);

# Seconds since 1970 of a date field.
sub seconds {
    my ($text) = @_;
    my ($d, $mon, $y, $h, $m, $s) = $text =~ /^\w{3}, (\d\d) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/
        or return -1;
    require Time::Local;
    return Time::Local::timegm($s, $m, $h, $d, $month{$mon} - 1, $y);
}

my $r = $t->http_get('/');
is $r->header('Cache-Control'), 'max-age=3600', 'an hour';
is seconds($r->header('Expires')) - seconds($r->header('Date')), 3600, 'as a date';
is $t->http_get('/missing')->header('Expires'), undef, 'not for 404';
is $t->http_get('/plus')->header('Cache-Control'), 'max-age=86400', 'with a sign';
is $t->http_get('/minus')->header('Cache-Control'), 'no-cache', 'in the past';
$r = $t->http_get('/epoch');
is $r->header('Cache-Control'), 'no-cache', 'epoch';
is $r->header('Expires'), 'Thu, 01 Jan 1970 00:00:01 GMT', 'epoch as a date';
$r = $t->http_get('/max');
is $r->header('Cache-Control'), 'max-age=315360000', 'max';
is $r->header('Expires'), 'Thu, 31 Dec 2037 23:55:55 GMT', 'max as a date';
is $t->http_get('/off')->header('Expires'), undef, 'off';

$r = $t->http_get('/day');
like $r->header('Expires'), qr/ 15:30:00 GMT$/, 'a time of the day';
my $left = seconds($r->header('Expires')) - seconds($r->header('Date'));
cmp_ok $left, '<=', 24 * 60 * 60, 'the next one';
is $r->header('Cache-Control'), "max-age=$left", 'and how long that is';

is $t->http_get('/variable?e=2h')->header('Cache-Control'), 'max-age=7200', 'a variable';
is $t->http_get('/variable?e=x')->header('Cache-Control'), undef, 'one that is no time';

$r = $t->http_get('/modified');
is $r->header('Expires'), 'Mon, 10 Sep 2001 01:46:40 GMT', 'a day after Last-Modified';
is_deeply [ $r->header_values('Cache-Control') ], ['no-cache'], 'which is over';
$r = $t->http_get('/theirs');
is_deeply [ $r->header_values('Expires') ], [ $r->header('Expires') ], 'the server\'s give way';
