# SPDX-License-Identifier: BSD-2-Clause
# A request with a body whose server fails goes to another location with its body, if that was kept,
# and without one if part of it is gone.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /kept { error_page 502 = @other; proxy_pass http://127.0.0.1:%%PORT:dead%%; }
        location /read { error_page 502 = @other; proxy_pass http://127.0.0.1:%%PORT:closes%%; }
        location /gone {
            proxy_request_buffering off;
            error_page 502 = @other;
            proxy_pass http://127.0.0.1:%%PORT:closes%%;
        }
        location @other { proxy_pass http://127.0.0.1:%%PORT:other%%; }
    }
}
CONF
$t->http_server('other', sub { [ 200, [], $_[0]->method . ' ' . length $_[0]->body ] });
$t->tcp_server('closes', sub { Weir::HTTP::read_message($_[0]) });
$t->start;

my $body = 'x' x 100_000;
my $c = $t->http_connect('web');
is $c->get('/kept', method => 'POST', body => $body)->body, 'POST 100000', 'nobody has had it';
is $c->get('/read', method => 'POST', body => $body)->body, 'POST 100000', 'one has had all of it';
is $c->get('/gone', method => 'POST', body => $body)->body, 'POST 0', 'it was not kept';
is $c->get('/kept', method => 'POST', body => 'ab')->body, 'POST 2', 'the connection serves on';
