# SPDX-License-Identifier: BSD-2-Clause
# A line of the error log says when, what, and who: client, server, request, upstream, host, referrer.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 5);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name one.example;
        location / { proxy_pass http://127.0.0.1:%%PORT:nobody%%; error_log %%DIR%%/own.log; }
        location /reset { proxy_pass http://127.0.0.1:%%PORT:resets%%; error_log %%DIR%%/reset.log; }
    }
}
CONF
$t->tcp_server('resets', sub { $_[0]->read_until(qr/\r\n\r\n/); $_[0]->reset });
$t->start;

$t->http_get('/a?b', host => 'www.example');
my ($line) = $t->wait_lines('own.log', 1);
my $nobody = '127.0.0.1:' . $t->port('nobody');
like $line, qr{^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[error\] \d+#\d+: \*\d+ .*Connection refused},
    'when and what';
is $line =~ s/.*?, client: /client: /r, 'client: 127.0.0.1, server: one.example, '
    . qq{request: "GET /a?b HTTP/1.1", upstream: "http://$nobody/a?b", host: "www.example"}, 'who';
$t->http_get('/c', host => 'www.example', headers => [ Referer => 'http://r.example/' ]);
($line) = grep { m{GET /c } } $t->wait_lines('own.log', 2);
like $line, qr{, host: "www\.example", referrer: "http://r\.example/"$},
    'where the client came from';
$t->http_get('/reset');
($line) = $t->wait_lines('reset.log', 1);
like $line, qr/\*\d+ recv\(\) failed \(104: Connection reset by peer\) while reading response header from upstream, client: /,
    'a reset, in nginx\'s words';
unlike $t->log, qr/refused/, 'the location\'s own log has it alone';
