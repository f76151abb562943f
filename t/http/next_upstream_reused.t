# SPDX-License-Identifier: BSD-2-Clause
# A kept connection that turns out closed costs no idempotent request; it is looked at before a POST is
# written; a POST that was written is not repeated, but with non_idempotent.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 9);
http {
    upstream back { server 127.0.0.1:%%PORT:back%% max_fails=0; keepalive 4; }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://back; }
        location /any {
            proxy_next_upstream error non_idempotent;
            proxy_pass http://back;
        }
    }
}
CONF
# The first request of a connection is answered. The next one finds it closed, at once ("/now"), or ends
# it when it comes ("/later").
my $back = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    my $request = Weir::HTTP::read_message($conn) or return;
    $server->note($request->method);
    $conn->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    return if $request->uri =~ /now/;
    $request = Weir::HTTP::read_message($conn) or return;
    $server->note('lost ' . $request->method);
});
$t->start;

my @post = (method => 'POST', body => 'x');
sub twice {
    my ($first, $second, @more) = @_;
    $t->http_get($first);
    select undef, undef, undef, 0.1;
    return $t->http_get($second, @more)->status;
}

is twice('/later', '/x'), 200, 'GET on a connection that ends under it';
is_deeply [ ($back->notes)[ -2, -1 ] ], [ 'lost GET', 'GET' ], 'was sent twice';
is $t->http_get('/x', method => 'PUT', body => 'x')->status, 200, 'PUT too';
is twice('/now', '/now', @post), 200, 'POST where it had ended before';
is +($back->notes)[-1], 'POST', 'was sent once';
is twice('/later', '/x', @post), 502, 'POST on a connection that ends under it';
is +($back->notes)[-1], 'lost POST', 'is not sent again';
is twice('/later', '/any', @post), 200, 'with non_idempotent';
is_deeply [ ($back->notes)[ -2, -1 ] ], [ 'lost POST', 'POST' ], 'it is';
