# SPDX-License-Identifier: BSD-2-Clause
# 2,000 servers with 10 locations each, and a map of 100,000 rows, load in little time and memory.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Process qw(run_command);

my $servers = '';
for my $i (1 .. 2000) {
    $servers .= "server {\n    listen 127.0.0.1:%%PORT:web%%;\n    server_name s$i.example.com;\n"
        . join('', map { "    location /p$_/ { proxy_pass http://app; proxy_read_timeout 30s; }\n" } 1 .. 10)
        . "}\n";
}
my $t = Weir->new(
    plan  => 5,
    files => { rows => join '', map { "host$_.example.com backend$_;\n" } 1 .. 100_000 },
    conf  => "http {\nupstream app { server 127.0.0.1:%%PORT:none%%; }\n"
        . "map \$http_host \$backend { default none; include rows; }\n"
        . "server { listen 127.0.0.1:%%PORT:web%% default_server; location / { return 200 \$backend; } }\n"
        . "$servers}\n",
);

# CPU seconds of a child that has ended.
sub cpu_of {
    my ($sub) = @_;
    my @before = times;
    $sub->();
    my @after = times;
    return $after[2] + $after[3] - $before[2] - $before[3];
}

my @result;
my $cpu = cpu_of(sub { @result = $t->run('-t', '-q') });
is $result[0], 0, 'it is accepted' or diag $result[2];
cmp_ok $cpu, '<', scaled(1), "in $cpu s of CPU";

$t->start;
my ($size) = slurp('/proc/' . $t->master_pid . '/status') =~ /^VmRSS:\s+(\d+)/m;
cmp_ok $size, '<', 110_000 * ($ENV{WEIR_TEST_SCALE} // 1) ** 2, "the master has $size kB";
is $t->http_get('/', host => 'host99999.example.com')->body, 'backend99999', 'a row of the map';
is $t->http_get('/p3/', host => 's1999.example.com')->status, 502, 'one of the servers';
