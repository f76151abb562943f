# SPDX-License-Identifier: BSD-2-Clause
# Fields that come several times are one value, joined by commas, cookies by semicolons.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    log_format fields "$sent_http_x_b|$upstream_http_x_b";
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 "$http_x_a|$http_cookie|$cookie_c"; }
        location /back {
            proxy_pass http://127.0.0.1:%%PORT:back%%;
            access_log %%DIR%%/back.log fields;
        }
    }
}
CONF
$t->http_server('back', sub { [ 200, [ 'X-B' => 1, 'X-C' => 2, 'x-b' => '', 'X-B' => 3 ], 'x' ] });
$t->start;

sub answer { return $t->http_get('/', headers => [@_])->body }

is answer('X-A' => 1, 'X-B' => 2, 'x-a' => 3), '1, 3||', 'two';
is answer('X-A' => 1, 'X-A' => '', 'X-A' => 3), '1, , 3||', 'an empty one between them';
is answer(Cookie => 'a=1', Cookie => 'b=2; c=3'), '|a=1; b=2; c=3|3', 'cookies';
my @values = map { "v$_" } 1 .. 900;
is answer(map { ('X-A' => $_) } @values), join(', ', @values) . '||', 'very many';
$t->http_get('/back');
is(($t->wait_lines('back.log', 1))[0], '1, , 3|1, , 3', 'of a response');
is answer(), '||', 'none';
