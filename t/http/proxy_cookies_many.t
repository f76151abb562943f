# SPDX-License-Identifier: BSD-2-Clause
# A cookie with more attributes than anybody writes is left alone; with fewer it has room for all
# flags.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 40);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / {
            proxy_pass http://127.0.0.1:%%PORT:back%%;
            proxy_cookie_flags a secure httponly samesite=lax;
        }
    }
}
CONF
sub cookie { return join '; ', 'a=b', map { "x$_" } 2 .. $_[0] }

$t->http_server('back', sub { [ 200, [ 'Set-Cookie' => cookie($_[0]->uri =~ s/^\///r) ], 'ok' ] });
$t->start;

for my $count (1 .. 40) {
    my $flags = $count <= 29 ? '; Secure; HttpOnly; SameSite=Lax' : '';
    is $t->http_get("/$count")->header('Set-Cookie'), cookie($count) . $flags, "$count parts";
}
