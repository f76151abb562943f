# SPDX-License-Identifier: BSD-2-Clause
# max_conns limits the sessions with a server, over all workers; then the others take them, or nobody.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
worker_processes 3;
stream {
    upstream backs {
        server 127.0.0.1:%%PORT:a%% max_conns=2;
        server 127.0.0.1:%%PORT:b%% max_conns=5;
    }
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass backs;
    }
}
CONF
my %server = map { my $name = $_; $name => $t->tcp_server($name, sub {
    my ($conn) = @_;
    $conn->send("$name\n");
    $conn->recv_all;
}) } qw(a b);
$t->start;

my @sessions = map { $t->connect('front') } 1 .. 7;
my %count;
$count{ $_->recv_line }++ for @sessions;
is_deeply \%count, { a => 2, b => 5 }, 'both are full';
ok $t->connect('front')->is_closed, 'the eighth session ends';
ok $t->wait_log(qr/no live upstreams while connecting to upstream, client: /), 'and the log says why';
$sessions[0]->close;
ok wait_for(sub {
    my $c = $t->connect('front');
    my $line = eval { $c->recv_line } // '';
    return $line =~ /^[ab]$/ && push @sessions, $c;
}, 5, 'a place'), 'who leaves makes room';
