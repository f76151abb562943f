# SPDX-License-Identifier: BSD-2-Clause
# With proxy_intercept_errors error_page is asked about the answers of servers.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        error_page 404 401 /page;
        location /page { return 200 page; }
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /on { proxy_intercept_errors on; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub {
    my ($request) = @_;
    my ($status) = $request->uri =~ /(\d+)/;
    return [ $status, [ 'WWW-Authenticate' => 'Basic realm="x"' ], 'the server' ];
});
$t->start;

is $t->http_get('/404')->body, 'the server', 'off: as it came';
my $r = $t->http_get('/on/404');
is $r->status, 404, 'on: the status stays';
is $r->body, 'page', 'the page is ours';
is $t->http_get('/on/500')->body, 'the server', 'no page for it: as it came';
is $t->http_get('/on/200')->body, 'the server', 'no error';
is $t->http_get('/on/401')->header('WWW-Authenticate'), 'Basic realm="x"', '401 says how to go on';
