# SPDX-License-Identifier: BSD-2-Clause
# A map or geo of 100,000 rows is looked up as fast as a small one.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $rows = 100_000;
my %files = (
    'map.rows' => join('', map { "key$_ value$_;\n" } 1 .. $rows),
    'geo.rows' => join('', map { address($_, 0) . "/31 net$_;\n" } 1 .. $rows),
);

# The first (0) or second (1) address of network $number.
sub address {
    my ($number, $which) = @_;
    return join '.', 10, $number >> 15, $number >> 7 & 255, ($number & 127) * 2 + $which;
}

my $t = Weir->new(conf => <<'CONF', files => \%files, plan => 6);
http {
    map_hash_max_size 400000;
    map_hash_bucket_size 128;
    map $arg_x $of_large { include %%DIR%%/map.rows; default none; }
    map $arg_x $of_small { key1 value1; default none; }
    geo $arg_x $net_large { include %%DIR%%/geo.rows; default none; }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        keepalive_requests 100000;
        location /small { return 200 $of_small; }
        location /large { return 200 $of_large; }
        location /geo { return 200 $net_large; }
    }
}
CONF
$t->start;

my $c = $t->http_connect('web');
is $c->get("/large?x=key$_")->body, "value$_", "row $_ of the map" for 1, $rows;
is $c->get('/large?x=key0')->body, 'none', 'no row of the map';
is $c->get('/geo?x=' . address($rows, 1))->body, "net$rows", 'the last row of the geo';

# What a thousand requests cost the worker, in seconds of the processor.
my ($worker) = $t->worker_pids;
my $cost_of = sub {
    my ($uri) = @_;
    my $used = sub { (split / /, slurp("/proc/$worker/schedstat"))[0] / 1e9 };
    my $begin = $used->();
    $c->send("GET $uri HTTP/1.1\r\nHost: a\r\n\r\n" x 1000);
    $c->response for 1 .. 1000;
    return $used->() - $begin;
};
my $small = $cost_of->('/small?x=key1');
cmp_ok $cost_of->("/large?x=key$rows"), '<', 3 * $small, 'the map costs no more for it';
cmp_ok $cost_of->('/geo?x=' . address($rows, 0)), '<', 3 * $small, 'nor does the geo';
