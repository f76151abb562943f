# SPDX-License-Identifier: BSD-2-Clause
# A server's error_log gets what concerns its sessions.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
stream {
    server {
        listen 127.0.0.1:%%PORT:one%%;
        proxy_pass 127.0.0.1:%%PORT:nobody%%;
        error_log %%DIR%%/one.log error;
    }
    server {
        listen 127.0.0.1:%%PORT:two%%;
        proxy_pass 127.0.0.1:%%PORT:nobody%%;
        error_log %%DIR%%/two.log crit;
    }
}
CONF
$t->start;

$t->connect('one', from => '127.0.0.6')->recv_all;
$t->connect('two')->recv_all;
my ($line) = $t->wait_lines('one.log', 1);
my ($front, $nobody) = map { '127.0.0.1:' . $t->port($_) } qw(one nobody);
like $line, qr{^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[error\] \d+#\d+: \*\d+ },
    'when, how bad, and in which process';
like $line,
    qr/Connection refused.*, client: 127\.0\.0\.6, server: \Q$front\E, upstream: "\Q$nobody\E"/,
    'what and who';
is $t->read('two.log'), '', 'nothing below its level';
unlike $t->log, qr/refused/, 'and it is not in the main one';
