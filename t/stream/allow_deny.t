# SPDX-License-Identifier: BSD-2-Clause
# The first allow or deny that matches the client's address decides.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 7);
stream {
    log_format status "$remote_addr $status";
    access_log %%DIR%%/status.log status;
    server {
        listen 127.0.0.1:%%PORT:front%%;
        deny 127.0.0.3;
        allow 127.0.0.0/30;
        allow 127.1.0.0/16;
        deny all;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
}
CONF
my $back = $t->source_server('back', 'x');
$t->start;

my %expected = (
    '127.0.0.2' => 'x', '127.0.0.3' => '', '127.0.0.4' => '', '127.1.2.3' => 'x', '127.2.0.1' => '',
);
for my $from (sort keys %expected) {
    is $t->connect('front', from => $from)->recv_all, $expected{$from}, $from;
}
is $back->accepts, 2, 'the server sees only those who may';
is_deeply [ $t->wait_lines('status.log', 5) ],
    [ map { "$_ " . ($expected{$_} ? 200 : 403) } sort keys %expected ],
    'the others have status 403';
