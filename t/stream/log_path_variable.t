# SPDX-License-Identifier: BSD-2-Clause
# The path of an access log may have variables.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    log_format address "$remote_addr";
    server {
        listen 127.0.0.1:%%PORT:front%%;
        return x;
        access_log %%DIR%%/spool/$remote_addr.log address;
    }
}
CONF
mkdir $t->dir . '/spool';
chmod 0777, $t->dir . '/spool';
$t->start;

for my $from ('127.0.0.2', '127.0.0.3') {
    $t->connect('front', from => $from)->recv_all;
    is_deeply [ $t->wait_lines("spool/$from.log", 1) ], [$from], "a log for $from";
}
