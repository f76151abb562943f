# SPDX-License-Identifier: BSD-2-Clause
# A server without allow and deny has those of the stream block.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 2);
stream {
    deny 127.0.0.2;
    server {
        listen 127.0.0.1:%%PORT:one%%;
        return one;
    }
    server {
        listen 127.0.0.1:%%PORT:two%%;
        deny 127.0.0.3;
        return two;
    }
}
CONF
$t->start;

is join(' ', map { $t->connect('one', from => "127.0.0.$_")->recv_all || '-' } 2, 3), '- one',
    'inherited';
is join(' ', map { $t->connect('two', from => "127.0.0.$_")->recv_all || '-' } 2, 3), 'two -',
    'replaced as a whole';
