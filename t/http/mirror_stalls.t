# SPDX-License-Identifier: BSD-2-Clause
# The answer to a copy is large, and stops in the middle: whoever drops it sleeps until it goes on.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    log_format short '$status $upstream_response_length';
    access_log %%DIR%%/access.log short if=$is_copy;
    map $uri $is_copy { /copy 1; }
    log_subrequest on;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { mirror /copy; proxy_pass http://127.0.0.1:%%PORT:quick%%; }
        location = /copy { internal; proxy_pass http://127.0.0.1:%%PORT:large%%; }
    }
}
CONF
$t->http_server('quick');
my $large = $t->tcp_server('large', sub {
    my ($conn, $server) = @_;
    $conn->recv_until(qr/\r\n\r\n/);
    $conn->send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" . 'x' x 500_000);
    $server->note('half');
    select undef, undef, undef, 1.5;
    $server->note('rest');
    $conn->send('x' x 500_000);
});
$t->start;
my ($worker) = $t->worker_pids;

# Hundredths of a second that it has had of a processor.
sub ticks {
    open my $file, '<', "/proc/$worker/stat" or die "/proc/$worker/stat: $!";
    return eval join '+', (split / /, <$file> =~ s/.*\)//r)[12, 13];
}

is $t->http_get('/')->body, 'quick', 'the client is served';
$large->wait_note(1);
my $before = ticks();
$large->wait_note(2);
cmp_ok ticks() - $before, '<', 20, 'the worker sleeps';
is +($t->wait_lines('access.log', 1))[0], '200 1000000', 'and drops the rest in the end';
