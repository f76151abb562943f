# SPDX-License-Identifier: BSD-2-Clause
# $termination_state says how each session ended.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 9);
worker_shutdown_timeout 500ms;
stream {
    log_format end "$server_port $status $termination_state";
    access_log %%DIR%%/end.log end;
    proxy_next_upstream off;
    upstream none { server 127.0.0.1:%%PORT:refused%% down; }
    server { listen 127.0.0.1:%%PORT:ok%%; proxy_pass 127.0.0.1:%%PORT:back%%; }
    server { listen 127.0.0.1:%%PORT:own%%; return x; }
    server { listen 127.0.0.1:%%PORT:no_peer%%; proxy_pass none; }
    server { listen 127.0.0.1:%%PORT:denied%%; deny all; return x; }
    server { listen 127.0.0.1:%%PORT:connect_refused%%; proxy_pass 127.0.0.1:%%PORT:refused%%; }
    server { listen 127.0.0.1:%%PORT:late%%; proxy_connect_timeout 200ms; proxy_pass 127.0.0.1:%%PORT:full%%; }
    server { listen 127.0.0.1:%%PORT:idle%%; proxy_timeout 200ms; proxy_pass 127.0.0.1:%%PORT:silent%%; }
    server { listen 127.0.0.1:%%PORT:reset%%; proxy_pass 127.0.0.1:%%PORT:resets%%; }
    server { listen 127.0.0.1:%%PORT:waits%%; proxy_pass 127.0.0.1:%%PORT:silent%%; }
}
CONF
$t->greeting_server('back', 'hello');
$t->silent_server('silent');
$t->resetting_server('resets');
my $full = $t->full_server('full');
$t->start;

my $lines = 0;

sub ends {
    my ($name, $end, $action) = @_;
    my $c = $t->connect($name);
    $action ? $action->($c) : $c->recv_all;
    $lines++;
    my $line = ($t->wait_lines('end.log', $lines))[ $lines - 1 ];
    is $line, $t->port($name) . " $end", $name;
    $c->close;
}

ends('own',             '200 ok');
ends('denied',          '403 ok');
ends('no_peer',         '502 no_peer');
ends('connect_refused', '502 connect_refused');
ends('late',            '502 connect_timeout');
ends('idle',            '200 upstream_timeout');
ends('reset',           '200 upstream_closed', sub { $_[0]->send('x'); eval { $_[0]->recv_all } });
ends('waits',           '200 client_closed', sub { $_[0]->send('x'); $_[0]->reset });
ends('waits',           '200 shutdown', sub {
    $_[0]->send('x');
    select undef, undef, undef, scaled(0.1);
    $t->signal('HUP');
});
