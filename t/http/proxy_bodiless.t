# SPDX-License-Identifier: BSD-2-Clause
# 204 and 304 from a server have no body, and the connections go on.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 5);
http {
    upstream back {
        server 127.0.0.1:%%PORT:back%%;
        keepalive 4;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / {
            proxy_pass http://back;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
}
CONF
my $back = $t->http_server('back', sub {
    my ($status) = $_[0]->uri =~ /(\d+)/;
    my @headers = (ETag => '"x"', 'Content-Length' => 55);
    return [ $status, $status == 304 ? \@headers : [], $status == 200 ? 'x' : '' ];
});
$t->start;

my $c = $t->http_connect('web');
is $c->get('/204')->status, 204, 'no content';
is $c->get('/304')->status, 304, 'not modified';
is $c->get('/304')->header('ETag'), '"x"', 'with its fields';
is $c->get('/200')->body, 'x', 'and then a body';
is $back->accepts, 1, 'all over one connection';
