# SPDX-License-Identifier: BSD-2-Clause
# log_format: escaping as default, json or none.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
stream {
    map $server_port $odd {
        default 'q"b\n[\x]';
    }
    log_format plain '<$odd|$upstream_addr>';
    log_format json escape=json '<$odd|$upstream_addr>';
    log_format none escape=none '<$odd|$upstream_addr>';
    log_format parts 'one ' 'two '
                     'three';
    server {
        listen 127.0.0.1:%%PORT:front%%;
        return x;
        access_log %%DIR%%/plain.log plain;
        access_log %%DIR%%/json.log json;
        access_log %%DIR%%/none.log none;
        access_log %%DIR%%/parts.log parts;
    }
}
CONF
$t->start;

$t->connect('front')->recv_all;
is +($t->wait_lines('plain.log', 1))[0], '<q\x22b\x0A[\x5Cx]|->', 'default';
is +($t->wait_lines('json.log', 1))[0], '<q\"b\n[\\\\x]|>', 'json';
is $t->wait_lines('none.log', 2) && $t->read('none.log'), "<q\"b\n[\\x]|>\n", 'none';
is +($t->wait_lines('parts.log', 1))[0], 'one two three', 'parts become one';
