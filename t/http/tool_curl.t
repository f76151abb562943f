# SPDX-License-Identifier: BSD-2-Clause
# curl gets an answer through a proxy, on a kept connection.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Weir::Process qw(run_command);

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub {
    my ($request) = @_;
    return [ 200, [], join(' ', map { $request->$_ } qw(method uri body)) . "\n" ];
});
$t->start;

my $url = 'http://127.0.0.1:' . $t->port('web');
my ($status, $out, $error) = run_command([ 'curl', '-sS', '-w', '%{http_code} %{num_connects}\n',
    "$url/one", "$url/two" ]);
is $status, 0, 'it is content' or diag $error;
is $out, "GET /one \n200 1\nGET /two \n200 0\n", 'two requests, one connection';
(undef, $out) = run_command([ qw(curl -sS -d text -H), 'Transfer-Encoding: chunked', "$url/post" ]);
is $out, "POST /post text\n", 'a body in chunks';
