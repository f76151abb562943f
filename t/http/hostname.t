# SPDX-License-Identifier: BSD-2-Clause
# Host names in proxy_pass and in upstream groups are resolved at start, to all of their addresses.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

Weir->in_namespace(hosts => <<'HOSTS');
127.0.0.2 web.example.internal
::1 web.example.internal
127.0.0.3 two.example.internal
HOSTS
my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    upstream group {
        server two.example.internal;
        server 127.0.0.4;
    }
    server {
        listen 127.0.0.1:80;
        location /name { proxy_pass http://web.example.internal:8080; }
        location /group { proxy_pass http://group; }
    }
}
CONF
my $answer = sub { [ 200, [], "$_[2]{address} for " . $_[0]->header('Host') . "\n" ] };
$t->http_server($_, $answer) for qw(127.0.0.2:8080 [::1]:8080 127.0.0.3:80 127.0.0.4:80);
$t->start;

sub answers {
    my ($uri) = @_;
    return join '', sort map { $t->http_get($uri, port => '127.0.0.1:80')->body } 1 .. 2;
}

is answers('/name'), "127.0.0.2:8080 for web.example.internal:8080\n"
    . "[::1]:8080 for web.example.internal:8080\n", 'a name, with the addresses of both families';
is answers('/group'), "127.0.0.3:80 for group\n127.0.0.4:80 for group\n", 'a name in a group';
unlike $t->log, qr/\[warn\]/, 'without a warning';
