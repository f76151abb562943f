# SPDX-License-Identifier: BSD-2-Clause
# access_log in a format of one's own, escaped as default, json or none.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    log_format plain '<$request|$http_x|$http_y>';
    log_format json escape=json '{"x":"$http_x","y":"$http_y"}';
    log_format none escape=none '<$http_x|$http_y>';
    server {
        listen 127.0.0.1:%%PORT:web%%;
        access_log %%DIR%%/plain.log plain;
        access_log %%DIR%%/json.log json;
        access_log %%DIR%%/none.log none;
        location / { return 200 x; }
    }
}
CONF
$t->start;

$t->http_get('/', headers => [ 'X' => "a\"b\\c\xe9" ]);
is +($t->wait_lines('plain.log', 1))[0], '<GET / HTTP/1.1|a\x22b\x5Cc\xE9|->', 'default';
is +($t->wait_lines('json.log', 1))[0], "{\"x\":\"a\\\"b\\\\c\xe9\",\"y\":\"\"}", 'json';
is +($t->wait_lines('none.log', 1))[0], "<a\"b\\c\xe9|>", 'none';
