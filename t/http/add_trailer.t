# SPDX-License-Identifier: BSD-2-Clause
# add_trailer adds fields behind the body, whose values are found when that is out; the rules of
# inheritance and statuses are those of add_header.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 11);
http {
    add_trailer X-Http outer;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        add_trailer X-Length $upstream_response_length;
        add_trailer X-Always yes always;
        add_trailer X-None $arg_none;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /missing { return 404 "none"; }
        location /empty { return 200; }
        location /own { add_trailer X-Own 1; return 200 x; }
        location /merged { add_trailer_inherit merge; add_trailer X-Own 1; return 200 x; }
        location /off { add_trailer_inherit off; return 200 x; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], 'x' x 100_000 ] });
$t->start;

# What follows the last chunk, and the whole.
sub trailers {
    my ($uri, $version) = @_;
    my $c = $t->http_connect('web');
    $c->send("GET $uri HTTP/" . ($version // '1.1') . "\r\nHost: a\r\nConnection: close\r\n\r\n");
    my $text = $c->recv_all;
    my ($trailers) = $text =~ /\r\n0\r\n(.*)\z/s;
    return ($trailers, $text);
}

my ($trailers, $text) = trailers('/');
is $trailers, "X-Length: 100000\r\nX-Always: yes\r\n\r\n", 'behind the body, what is known only then';
like $text, qr/Transfer-Encoding: chunked/, 'which goes in chunks';
unlike $text, qr/Content-Length/, 'not with a length';
is +(trailers('/missing'))[0], "X-Always: yes\r\n\r\n", 'always';
like +(trailers('/empty'))[1], qr/\r\n\r\n0\r\nX-Always: yes\r\n\r\n\z/, 'behind an empty body, too';
is +(trailers('/own'))[0], "X-Own: 1\r\n\r\n", 'the list of a location replaces the others';
is +(trailers('/merged'))[0], "X-Always: yes\r\nX-Own: 1\r\n\r\n", 'or is added to them';
is +(trailers('/off'))[0], undef, 'or there are none';
like +(trailers('/off'))[1], qr/Content-Length: 1\r\n/, 'and then the length is told';
my (undef, $old) = trailers('/', '1.0');
unlike $old, qr/X-Always/, 'HTTP/1.0 takes none';
my $c = $t->http_connect('web');
is $c->get('/', method => 'HEAD')->header('X-Always'), undef, 'an answer to HEAD has none';
