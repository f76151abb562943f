# SPDX-License-Identifier: BSD-2-Clause
# A line of the error log says when, what, and who: client, server, request, upstream, host.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name one.example;
        location / { proxy_pass http://127.0.0.1:%%PORT:nobody%%; error_log %%DIR%%/own.log; }
    }
}
CONF
$t->start;

$t->http_get('/a?b', host => 'www.example');
my ($line) = $t->wait_lines('own.log', 1);
my $nobody = '127.0.0.1:' . $t->port('nobody');
like $line, qr{^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[error\] \d+#\d+: \*\d+ .*Connection refused},
    'when and what';
is $line =~ s/.*?, client: /client: /r, 'client: 127.0.0.1, server: one.example, '
    . qq{request: "GET /a?b HTTP/1.1", upstream: "http://$nobody/a?b", host: "www.example"}, 'who';
unlike $t->log, qr/refused/, 'the location\'s own log has it alone';
