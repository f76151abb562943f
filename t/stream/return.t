# SPDX-License-Identifier: BSD-2-Clause
# return sends its text, variables filled in, and ends the session.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
stream {
    log_format status "$status $bytes_sent";
    access_log %%DIR%%/status.log status;
    server {
        listen 127.0.0.1:%%PORT:front%%;
        return "you are $remote_addr\n";
    }
    server {
        listen 127.0.0.1:%%PORT:empty%%;
        return "";
    }
}
CONF
$t->start;

is $t->connect('front', from => '127.0.0.8')->recv_all, "you are 127.0.0.8\n", 'the text';
is $t->connect('empty')->recv_all, '', 'an empty one';
is_deeply [ $t->wait_lines('status.log', 2) ], [ '200 18', '200 0' ], 'status 200';
