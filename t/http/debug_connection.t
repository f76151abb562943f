# SPDX-License-Identifier: BSD-2-Clause
# Everything about a client of debug_connection is written to the error log, whatever its level.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 5);
error_log %%DIR%%/error.log error;
events {
    debug_connection 127.0.0.6;
}
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /own {
            error_log %%DIR%%/own.log crit;
            return 200 own;
        }
    }
}
CONF
$t->http_server('back');
$t->start;

sub ask {
    my ($uri, $from) = @_;
    return $t->http_connect(undef, from => $from)->get($uri)->status;
}

# Lines are written behind the answer.
sub is_said {
    my ($file, $pattern, $name) = @_;
    return ok eval { wait_for(sub { $t->read($file) =~ $pattern }, undef, $name) }, $name;
}

my ($in, $out) = map { qr/client: 127\.0\.0\.$_,/ } 6, 5;
ask('/one', '127.0.0.5');
ask('/two', '127.0.0.6');
is_said('error.log', qr{\[debug\] .*taking a kept connection to upstream, $in.*"GET /two },
    'in the list: how it is served');
is_said('error.log', qr{\[debug\] .*answering with status 200, $in}, 'and answered');
unlike $t->log, $out, 'not in the list: nothing below the level';
ask('/own', $_) for '127.0.0.5', '127.0.0.6';
is_said('own.log', qr/answering with status 200, $in/, 'in the log of the location');
unlike $t->read('own.log'), $out, 'which has nothing of the other';
