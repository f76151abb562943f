# SPDX-License-Identifier: BSD-2-Clause
# QUIT is prompt however many idle connections are open.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 3, conf => <<'CONF')->start;
worker_processes 2;
http { server { listen 127.0.0.1:%%PORT:front%%; location / { return 200 hello; } } }
CONF
my @idle = map { $t->http_connect('front') } 1 .. 500;
is scalar(grep { $_->get('/')->status == 200 } @idle), 500, '500 connections are kept';
my $start = now();
$t->signal('QUIT');
is $t->wait_end, 0, 'weir ends well';
cmp_ok now() - $start, '<', scaled(0.5), 'at once';
