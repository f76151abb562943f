# SPDX-License-Identifier: BSD-2-Clause
# An idle connection of a client costs its worker little memory: structs, and no buffer.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use constant {
    COUNT => 10_000,
    MOST => 576, # bytes: 512 with glibc, of which the structs are 460
};

my $t = Weir->new(conf => <<'CONF', plan => 2);
worker_rlimit_nofile 12000;
events { worker_connections 11000; }
http {
    server {
        listen 127.0.0.1:%%PORT:web%% backlog=4096;
        keepalive_timeout 300s;
        location / { return 200 "fine"; }
    }
}
CONF
Weir::Process::set_test_timeout(120);
$t->start;

sub resident {
    my ($pages) = (split ' ', slurp('/proc/' . ($t->worker_pids)[0] . '/statm'))[1];
    return $pages * 4096;
}

# A request on each, so that it has had buffers and an arena.
sub open_idle {
    my ($count) = @_;
    return map {
        my $c = $t->http_connect('web');
        $c->get('/')->status == 200 or die 'no answer';
        $c;
    } 1 .. $count;
}

my @warm = open_idle(100);
my $before = resident();
my @idle = open_idle(COUNT);
my $each = (resident() - $before) / COUNT;
cmp_ok $each, '<=', MOST, 'bytes for each';
diag sprintf '%.0f bytes', $each;
is $idle[0]->get('/')->body, 'fine', 'the first one is served again';
