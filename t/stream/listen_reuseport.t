# SPDX-License-Identifier: BSD-2-Clause
# Each worker has a listening socket of its own, unless reuseport=off or the address is a path.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 8);
worker_processes 3;
stream {
    server {
        listen 127.0.0.1:%%PORT:default%%;
        listen 127.0.0.1:%%PORT:on%% reuseport;
        listen 127.0.0.1:%%PORT:off%% reuseport=off;
        listen unix:%%DIR%%/path.sock;
        return x;
    }
}
CONF
$t->start;

sub tcp_listeners {
    my ($name) = @_;
    my $port = sprintf '%04X', $t->port($name);
    return scalar(() = slurp('/proc/net/tcp') =~ /^ *\d+: 0100007F:$port \S+ 0A /mg);
}

my $path = $t->dir . '/path.sock';
my $unix = grep { /00010000 .* \Q$path\E$/ } split /\n/, slurp('/proc/net/unix');
is tcp_listeners('default'), 3, 'unless told: three';
is tcp_listeners('on'), 3, 'reuseport: three';
is tcp_listeners('off'), 1, 'reuseport=off: one';
is $unix, 1, 'a path: one';
for my $to ('default', 'on', 'off', 'unix:path.sock') {
    my $served = grep { $t->connect($to)->recv_all eq 'x' } 1 .. 10;
    is $served, 10, "$to: all are served";
}
