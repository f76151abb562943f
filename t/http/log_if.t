# SPDX-License-Identifier: BSD-2-Clause
# access_log: off, if=, and of the location that answered.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    log_format uri "$request_uri $status";
    map $status $is_bad {
        ~^[45] 1;
        default 0;
    }
    access_log %%DIR%%/all.log uri;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        access_log %%DIR%%/server.log uri;
        access_log %%DIR%%/bad.log uri if=$is_bad;
        location / { return 200 x; }
        location /missing { return 404; }
        location /off { return 200 x; access_log off; }
        location /own { return 200 x; access_log %%DIR%%/own.log uri; }
    }
}
CONF
$t->start;

$t->http_get($_) for qw(/1 /missing /off /own /2);
is_deeply [ $t->wait_lines('server.log', 3) ], [ '/1 200', '/missing 404', '/2 200' ],
    'the server\'s log';
is_deeply [ $t->lines('bad.log') ], ['/missing 404'], 'under a condition';
is_deeply [ $t->lines('own.log') ], ['/own 200'], 'a location\'s own';
is $t->read('all.log'), '', 'not the one above as well';
