# SPDX-License-Identifier: BSD-2-Clause
# A worker that drains closes no connection under a client's hands: the next answer says that it is
# the last; what stays idle for a second is closed.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 7, conf => <<'CONF')->start;
http { server { listen 127.0.0.1:%%PORT:front%%; location / { return 200 "$pid"; } } }
CONF
my ($busy, $idle) = map { $t->http_connect('front') } 1 .. 2;
my $before = $busy->get('/');
is $before->header('Connection'), 'keep-alive', 'the connection is kept';
$idle->get('/');
$t->reload;
my $started = now();
ok !$busy->has_news(0.2), 'nothing happens to it';
my $last = $busy->get('/');
is $last->body, $before->body, 'the next request is answered by the old worker';
is $last->header('Connection'), 'close', 'as the last one';
ok $busy->is_closed, 'and it closes';
ok $idle->is_closed, 'an idle one is closed';
cmp_ok now() - $started, '<', scaled(2.5), 'after a second';
