# SPDX-License-Identifier: BSD-2-Clause
# error_log: several files with a level each, stderr, and those of a block instead of the outer ones.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 6);
error_log %%DIR%%/error.log notice;
error_log stderr info;
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:nobody%%; }
        location /own {
            error_log %%DIR%%/all.log info;
            error_log %%DIR%%/severe.log crit;
            proxy_pass http://127.0.0.1:%%PORT:nobody%%;
        }
    }
}
CONF
$t->start;

my $line = qr/\[error\] .*Connection refused/;
$t->http_get('/');
$t->wait_log($line);
pass 'the file of main';
ok eval { wait_for(sub { $t->read('stderr') =~ $line }, undef, 'stderr') }, 'stderr besides';
unlike $t->log, qr/\[info\]/, 'a level each';
my $before = length $t->log;
$t->http_get('/own');
ok eval { wait_for(sub { $t->read('all.log') =~ $line }, undef, 'the line') }, 'two files of a location';
is $t->read('severe.log'), '', 'of which each has its level';
is substr($t->log, $before), '', 'and the outer ones have nothing';
