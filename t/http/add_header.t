# SPDX-License-Identifier: BSD-2-Clause
# add_header adds fields with variables to the answers of ordinary statuses, with always to all.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 12);
http {
    add_header X-Http outer;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        add_header X-Text "$uri $arg_a";
        add_header X-Twice 1;
        add_header X-Twice 2;
        add_header X-Always yes always;
        add_header X-Upstream $upstream_http_x_back always;
        location / { return 200 x; }
        location /missing { return 404; }
        location /back { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /own { add_header ETag '"own"'; add_header Last-Modified ""; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub {
    [ 200, [ 'X-Back' => 'from there', ETag => '"theirs"', 'Last-Modified' => 'Sun, 09 Sep 2001 01:46:40 GMT' ], 'x' ]
});
$t->start;

my $r = $t->http_get('/a?a=b');
is $r->header('X-Text'), '/a b', 'text with variables';
is_deeply [ $r->header_values('X-Twice') ], [ 1, 2 ], 'two fields of a name';
is $r->header('X-Always'), 'yes', 'always: here, too';
is $r->header('X-Upstream'), undef, 'no field without a value';
is $r->header('X-Http'), undef, 'the fields of the level above are replaced';

$r = $t->http_get('/missing');
is $r->header('X-Text'), undef, '404: none';
is $r->header('X-Always'), 'yes', '404: but for always';

is $t->http_get('/back')->header('X-Upstream'), 'from there', 'what the server has said';
$r = $t->http_get('/own');
is_deeply [ $r->header_values('ETag') ], ['"own"'], 'ETag takes the place of the server\'s';
is $r->header('Last-Modified'), undef, 'Last-Modified without a value takes it away';
is $r->header('X-Text'), undef, 'the list of the location is another one';

# A value that would be two lines is left out.
is $t->http_get('/x%0d%0aInjected:%201')->header('Injected'), undef, 'no second line';
