# SPDX-License-Identifier: BSD-2-Clause
# The two configurations that most begin with: paths to upstreams, and names to upstreams. ab, wrk and
# curl see nothing but answers, each from where it belongs.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Weir::Load;
use Weir::Process qw(run_command);

my $t = Weir->new(conf => <<'CONF', plan => 24);
events { worker_connections 1024; }
http {
    upstream v1 { server 127.0.0.1:%%PORT:v1%%; }
    upstream v2 { server 127.0.0.1:%%PORT:v2%%; }
    upstream a { server 127.0.0.1:%%PORT:a%%; }
    upstream b { server 127.0.0.1:%%PORT:b%%; }
    upstream c { server 127.0.0.1:%%PORT:c%%; }

    server {
        listen 127.0.0.1:%%PORT:paths%%;
        location /v1/ { proxy_pass http://v1; }
        location /v2/ { proxy_pass http://v2/; }
    }
    server {
        listen 127.0.0.1:%%PORT:names%%;
        server_name a.example.com;
        location / { proxy_pass http://a; }
    }
    server {
        listen 127.0.0.1:%%PORT:names%%;
        server_name b.example.com *.b.example.com;
        location / { proxy_pass http://b; }
    }
    server {
        listen 127.0.0.1:%%PORT:names%%;
        server_name c.example.com;
        location / { proxy_pass http://c; }
    }

    # The servers themselves.
    server { listen 127.0.0.1:%%PORT:v1%%; return 200 "v1 $request_uri\n"; }
    server { listen 127.0.0.1:%%PORT:v2%%; return 200 "v2 $request_uri\n"; }
    server { listen 127.0.0.1:%%PORT:a%%; return 200 "a $host\n"; }
    server { listen 127.0.0.1:%%PORT:b%%; return 200 "b $host\n"; }
    server { listen 127.0.0.1:%%PORT:c%%; return 200 "c $host\n"; }
}
CONF
$t->start;

my ($paths, $names) = map { 'http://127.0.0.1:' . $t->port($_) } qw(paths names);
sub curl {
    my ($status, $out, $error) = run_command([ 'curl', '-sS', '-w', '%{http_code}', @_ ]);
    return $out || $error;
}
is curl("$paths/v1/x?y"), "v1 /v1/x?y\n200", 'a path to one upstream';
is curl("$paths/v2/x?y"), "v2 /x?y\n200", 'a path to the other, without its prefix';
like curl("$paths/v3/"), qr/404 Not Found.*404\z/s, 'and no other';
for my $name (qw(a b c)) {
    is curl('-H', "Host: $name.example.com", $names), "$name $name\n200", "the name $name";
}
is curl('-H', 'Host: x.b.example.com', $names), "b b\n200", 'a name with any label before it';
is curl('-H', 'Host: else', $names), "a a\n200", 'another name: the first';

for my $url ("$paths/v1/", "$paths/v2/", "$names/") {
    my $wrk = Weir::Load::wrk($url, seconds => 1, connections => 20);
    cmp_ok $wrk->{requests}, '>', 100, "wrk $url: requests";
    is $wrk->{errors}, 0, 'no socket error';
    is $wrk->{non_2xx}, 0, 'no answer but 200';
    for my $keep (0, 1) {
        my $ab = Weir::Load::ab($url, requests => 500, keep_alive => $keep);
        is $ab->{errors} + $ab->{non_2xx}, 0, 'ab: each gets its answer' . ($keep ? ', kept' : '');
    }
}
is scalar(() = $t->log =~ /\[(?:error|warn)\]/g), 1, 'nothing is said in the log but of what is not there';
