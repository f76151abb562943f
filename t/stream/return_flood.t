# SPDX-License-Identifier: BSD-2-Clause
# A client of return that sends for ever gets the text, holds nobody up, and is closed soon.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Errno;

my $t = Weir->new(conf => <<'CONF', plan => 3);
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        return "text\n";
    }
}
CONF
$t->start;

my $flood = $t->connect('front');
my $start = now();
my $piece = bytes(65_536);
is $flood->recv_line, 'text', 'the text comes';
my $answered = 0;
while ($flood->send($piece, maybe => 1)) {
    last if now() - $start > scaled(20);
    $answered += $t->connect('front')->recv_line eq 'text' if now() - $start > 0.1 * (1 + $answered);
}
cmp_ok $answered, '>', 3, 'so it does for others meanwhile';
cmp_ok now() - $start, '<', scaled(20), 'the flood ends';
