# SPDX-License-Identifier: BSD-2-Clause
# Fields with odd names are left out; with ignore_invalid_headers off they are passed, or refused.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 5);
http {
    server {
        listen 127.0.0.1:%%PORT:on%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
    server {
        listen 127.0.0.1:%%PORT:off%%;
        ignore_invalid_headers off;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub {
    [ 200, [], join ' ', map { $_->[0] } grep { $_->[0] =~ /^X/ } @{ $_[0]->headers } ];
});
$t->start;

my @fields = ('X-A' => 1, 'X.B' => 2, 'X-C' => 3);
is $t->http_get('/', port => 'on', headers => \@fields)->body, 'X-A X-C', 'on: left out';
is $t->http_get('/', port => 'off', headers => \@fields)->body, 'X-A X.B X-C', 'off: passed';
@fields = ('X-A' => 1, 'X(B' => 2);
is $t->http_get('/', port => 'on', headers => \@fields)->body, 'X-A', 'on: no token, left out';
is $t->http_get('/', port => 'off', headers => \@fields)->status, 400, 'off: no token, refused';
is $t->http_get('/', port => 'on', headers => [ 'X B' => 1 ])->status, 400,
    'a blank in a name is refused in any case';
