# SPDX-License-Identifier: BSD-2-Clause
# server_tokens off takes the version out of the Server field and of weir's own pages.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 404; }
        location /off { server_tokens off; return 404; }
        location /build { server_tokens build; return 404; }
    }
}
CONF
$t->start;

my ($own) = join('', $t->run_bare('-v')) =~ m{(\w+/[\d.]+)};
for my $case ([ '/', $own ], [ '/off', 'weir' ], [ '/build', $own ]) {
    my ($uri, $token) = @$case;
    my $answer = $t->http_get($uri);
    is $answer->header('Server'), $token, "$uri: the field";
    like $answer->body, qr{<center>\Q$token\E</center>}, "$uri: the page";
}
