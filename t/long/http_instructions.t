# SPDX-License-Identifier: BSD-2-Clause
# What a small proxied request costs in user instructions stays what it is, with and without a log.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

# Measured on x86-64 with gcc 12 and -O2, and 3 % for other compilers and machines.
my %most = (bare => 1.03 * 10830, logged => 1.03 * 15740);

my $t = Weir->new(conf => <<'CONF', plan => 2);
master_process off;
http {
    upstream back { server 127.0.0.1:%%PORT:back%%; keepalive 4; }
    keepalive_requests 100000;
    server {
        listen 127.0.0.1:%%PORT:bare%%;
        access_log off;
        location / { proxy_pass http://back; }
    }
    server {
        listen 127.0.0.1:%%PORT:logged%%;
        access_log %%DIR%%/access.log combined;
        location / { proxy_pass http://back; }
    }
}
CONF
Weir::Process::set_test_timeout(300);

my $request = join "\r\n", 'GET /index.html HTTP/1.1', 'Host: 127.0.0.1:10000', 'User-Agent: wrk/4',
    'Accept: */*', '', '';
my $response = join "\r\n", 'HTTP/1.1 200 OK', 'Server: back', 'Date: Sat, 21 Nov 2026 15:00:00 GMT',
    'Content-Type: text/plain', 'Content-Length: 5', 'Connection: keep-alive', '', 'hello';
$t->tcp_server('back', sub {
    my ($conn) = @_;
    while (!$conn->is_at_end) {
        Weir::HTTP::read_message($conn);
        $conn->send($response);
    }
});

# weir under valgrind, which counts.
my $out = $t->dir . '/instructions';
my $wrapper = $t->dir . '/weir';
open my $script, '>', $wrapper or die "$wrapper: $!";
printf $script "#!/bin/sh\nexec valgrind -q --tool=callgrind --callgrind-out-file=%s %s \"\$@\"\n",
    $out, Weir::binary();
close $script or die "$wrapper: $!";
chmod 0755, $wrapper or die "$wrapper: $!";
$ENV{WEIR_BINARY} = $wrapper;

sub instructions {
    my ($port, $count) = @_;
    unlink $out;
    $t->start;
    my $c = $t->http_connect($port);
    for (1 .. $count) {
        my $r = $c->request($request);
        die 'no answer' if $r->body ne 'hello';
    }
    $c->close;
    $t->stop;
    my ($total) = slurp($out) =~ /^(?:summary|totals): (\d+)/m or die "no figure in $out";
    return $total;
}

for my $port (qw(bare logged)) {
    my $each = (instructions($port, 2000) - instructions($port, 1000)) / 1000;
    cmp_ok $each, '<=', $most{$port}, "instructions for a request, $port";
    diag sprintf '%s: %.0f', $port, $each;
}
