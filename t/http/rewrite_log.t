# SPDX-License-Identifier: BSD-2-Clause
# rewrite_log writes to the error log what rewrite and if do; uninitialized_variable_warn what was
# used before it was set.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 7, allow_log => qr/uninitialized/);
http {
    rewrite_log on;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /a/ { rewrite ^/b/ /c/; rewrite ^/a/(.*)$ /t/$1?x=y last; }
        location /r/ { rewrite ^/r/ /to/ redirect; }
        location /t/ { if ($arg_x ~ ^y) { return 200 "$unset"; } if ($arg_z) { set $unset 1; } }
        location /quiet/ { rewrite_log off; uninitialized_variable_warn off; rewrite ^/quiet(.*) /q$1 break; return 200 "$unset2"; set $unset2 2; }
    }
}
CONF
$t->start;

$t->http_get('/a/1');
$t->http_get('/r/');
$t->http_get('/quiet/');
my $log = $t->log;
like $log, qr{\[notice\] .*"\^/b/" does not match "/a/1", client: 127}, 'no match';
like $log, qr{"\^/a/\(\.\*\)\$" matches "/a/1"}, 'a match';
like $log, qr{rewritten data: "/t/1", args: "x=y"}, 'what became of it';
like $log, qr{"\^y" matches "y"}, 'an if';
like $log, qr{rewritten redirect: "/to/"}, 'a redirect';
like $log, qr{\[warn\] .*using uninitialized "unset" variable}, 'a variable without a value';
unlike $log, qr{quiet\(|unset2}, 'and neither where it is off';
