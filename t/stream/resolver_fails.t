# SPDX-License-Identifier: BSD-2-Clause
# Where a name has no address, nobody can be asked, or no port is said, the session ends with 500.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 9);
stream {
    log_format how "$status $upstream_addr";
    access_log %%DIR%%/how.log how;
    map $server_port $name { default none.test; %%PORT:port%% none.test; }
    resolver_timeout 300ms;
    server {
        listen 127.0.0.1:%%PORT:none%%;
        resolver 127.0.0.1:%%PORT:dns%%;
        proxy_pass $name:%%PORT:back%%;
    }
    server { listen 127.0.0.1:%%PORT:nobody%%; proxy_pass $name:%%PORT:back%%; }
    server { listen 127.0.0.1:%%PORT:port%%; proxy_pass $name; }
    server {
        listen 127.0.0.1:%%PORT:silent%%;
        resolver 127.0.0.1:%%PORT:silence%%;
        proxy_pass $name:%%PORT:back%%;
    }
}
CONF
my $dns = Weir::DNS->start($t, 'dns', sub { return { code => 3 } });
my $silent = Weir::DNS->start($t, 'silence', sub { return });
$t->start;

my @cases = (
    [ none => qr/\[error\] .* none\.test could not be resolved \(3: Host not found\), client: / ],
    [ nobody => qr/\[error\] .* no resolver defined to resolve none\.test, client: / ],
    [ port => qr/\[error\] .* no port in upstream "none\.test", client: / ],
    [ silent => qr/\[error\] .* none\.test could not be resolved \(110: Operation timed out\), client: / ],
);
for my $case (@cases) {
    my ($port, $message) = @$case;
    ok $t->connect($port)->is_closed, "$port: the session ends";
    ok $t->wait_log($message), 'and the log says why';
}
is join(', ', $t->wait_lines('how.log', 4)), join(', ', ('500 -') x 4), 'with status 500';
