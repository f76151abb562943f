# SPDX-License-Identifier: BSD-2-Clause
# auth_delay: a 401 of auth_basic and auth_request waits, once, and nothing else does; a client that
# leaves meanwhile is done with.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Time::HiRes qw(time);

my $delay = 0.3;
my $t = Weir->new(plan => 15, allow_log => qr{password mismatch}, files => { users => "u:{PLAIN}p\n" },
    conf => <<'CONF');
error_log %%DIR%%/error.log info;
http {
    log_format l '$uri $status $termination_state';
    access_log %%DIR%%/access.log l;
    auth_basic_user_file users;
    auth_delay 300ms;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /basic { auth_basic r; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /page { auth_basic r; error_page 401 = /in; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /request { auth_request /401; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /any { satisfy any; deny all; auth_basic r; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /denied { deny all; }
        location /long { auth_basic r; auth_delay 1h; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /off { auth_basic r; auth_delay 0; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /in { return 200 "in\n"; }
        location = /401 { return 401; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], "back\n" ] });
$t->start;

sub count_log {
    my ($pattern) = @_;
    return scalar(() = $t->log =~ /$pattern/g);
}

sub timed {
    my ($path, @fields) = @_;
    my $begin = time;
    my $r = $t->http_get($path, headers => \@fields);
    return ($r, time - $begin);
}

my ($r, $took) = timed('/basic');
is $r->status, 401, 'auth_basic: 401';
is join('|', $r->header_values('WWW-Authenticate')), 'Basic realm="r"', 'with its one challenge';
cmp_ok $took, '>=', $delay, 'later';
($r, $took) = timed('/basic', Authorization => 'Basic dTp4');
is $r->status, 401, 'a wrong password';
cmp_ok $took, '>=', $delay, 'waits';
is count_log(qr/password mismatch/), 1, 'and is looked at once';
is +(timed('/basic', Authorization => 'Basic dTpw'))[0]->body, "back\n", 'the right one lets in';
($r, $took) = timed('/request');
is $r->status, 401, 'auth_request: 401';
cmp_ok $took, '>=', $delay, 'later';
($r, $took) = timed('/page');
is $r->body, "in\n", 'error_page';
cmp_ok $took, '>=', $delay, 'waits, too';
cmp_ok +(timed('/any'))[1], '>=', $delay, 'satisfy any';
my $before = count_log(qr/delaying unauthorized request/);
is join(' ', map { $t->http_get($_)->status } '/denied', '/401', '/off'), '403 401 401',
    'nothing else waits';
is count_log(qr/delaying unauthorized request/), $before, '... as the log says';
my $c = $t->http_connect('web');
$c->send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n");
$t->wait_log(qr/delaying unauthorized request.*"GET \/long/);
$c->close;
is +(grep { m{^/long} } $t->wait_lines('access.log', 10))[0], '/long 499 client_closed', 'who leaves is done with';
