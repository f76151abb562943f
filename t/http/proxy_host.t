# SPDX-License-Identifier: BSD-2-Clause
# The server sees its own name as Host, or what proxy_set_header says.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 9);
http {
    upstream group { server 127.0.0.1:%%PORT:back%%; }
    log_format seen "$proxy_host|$proxy_port";
    server {
        listen 127.0.0.1:%%PORT:web%%;
        access_log %%DIR%%/seen.log seen;
        location /unix { proxy_pass http://unix:%%DIR%%/back.sock; }
        location /port { proxy_pass http://127.0.0.1:80; }
        location /address { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /group { proxy_pass http://group; }
        location /host { proxy_pass http://group; proxy_set_header Host $host; }
        location /first {
            proxy_pass http://group/none;
            proxy_set_header Host $proxy_host;
            proxy_intercept_errors on;
            error_page 404 = @second;
        }
        location @second {
            proxy_pass http://127.0.0.1:%%PORT:back%%;
            proxy_set_header Host $proxy_host;
        }
        location /http_host { proxy_pass http://group; proxy_set_header Host $http_host; }
    }
}
CONF
$t->http_server('back', sub {
    [ $_[0]->uri eq '/none' ? 404 : 200, [], join '|', $_[0]->header_values('Host') ];
});
$t->start;

my %expected = (
    '/address' => '127.0.0.1:' . $t->port('back'),
    '/first' => '127.0.0.1:' . $t->port('back'), # the second is asked as itself
    '/group' => 'group',
    '/host' => 'client.example',
    '/http_host' => 'Client.example:8080',
    '/unix' => 'localhost',
);
$t->http_server('socket', sub { [ 200, [], join '|', $_[0]->header_values('Host') ] },
    port => 'unix:back.sock');
is $t->http_get($_, host => 'Client.example:8080')->body, $expected{$_}, $_ for sort keys %expected;

$t->http_get('/port');
my @lines = $t->wait_lines('seen.log', 7);
is $lines[-1], '127.0.0.1|80', 'the usual port is left out';
is $lines[-2], 'localhost|', 'a socket has none';
is $lines[0], '127.0.0.1:' . $t->port('back') . '|' . $t->port('back'), 'another one is told';
