# SPDX-License-Identifier: BSD-2-Clause
# A buffered access log is written at its flush time, and whole at the end.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
stream {
    log_format address "$remote_addr";
    server {
        listen 127.0.0.1:%%PORT:front%%;
        return x;
        access_log %%DIR%%/flush.log address buffer=64k flush=400ms;
        access_log %%DIR%%/end.log address buffer=64k;
    }
}
CONF
$t->start;

$t->connect('front')->recv_all for 1 .. 3;
is $t->read('flush.log'), '', 'nothing at once';
$t->wait_lines('flush.log', 3);
is scalar($t->lines('flush.log')), 3, 'all in time';
is $t->read('end.log'), '', 'no time given: nothing yet';
$t->stop;
is scalar($t->lines('end.log')), 3, 'all at the end';
