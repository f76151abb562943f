# SPDX-License-Identifier: BSD-2-Clause
# satisfy any: where one that decides on access cannot say, what others said does not count for the
# page of that error.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /asked {
            satisfy any;
            deny all;
            auth_request /none;
            error_page 500 /page;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
        location /none { return 404; }
        location /page { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], 'the page' ] });
$t->start;

my $r = $t->http_get('/asked');
is $r->status, 500, 'the status is that of the error';
is $r->body, 'the page', 'with its page';
