# SPDX-License-Identifier: BSD-2-Clause
# Bulk goes through pipes, by splice: of full size and enough of them where the master is root, some
# where it is not.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Weir::Pipe;

plan skip_all => 'only root can become another user' if $>;

use constant { FLOWS => 100, BYTES => 4_000_000 };
my $bytes = bytes(BYTES);

# Receives from all of the clients in turn until each has so many bytes.
sub receive {
    my ($clients, $count) = @_;
    my $end = now() + scaled(20);

    while (my @left = grep { length $_->{buffer} < $count } @$clients) {
        die 'the bytes do not come' if now() > $end;
        $_->wait_ready('r', now()) && $_->fill($end) for @left;
        die 'a flow has ended' if grep { $_->{eof} && length $_->{buffer} < $count } @left;
    }
    return;
}

# What flows hold whose clients stop in the middle is in pipes, for less than a second.
for my $case ([ 'root', 'user nobody nogroup;', 65, 256 ], [ 'nobody', '', 5, 32 ]) {
    my ($user, $line, $least, $most) = @$case;
    my $t = Weir->new(conf => <<"CONF", user => $user, plan => 5);
$line
worker_rlimit_nofile 8192;
events { worker_connections 2048; }
stream {
    server {
        listen 127.0.0.1:%%PORT:front%% sndbuf=128k;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
}
CONF
    $t->source_server('back', $bytes);
    $t->start;
    my ($worker) = $t->worker_pids;
    my ($uid) = slurp("/proc/$worker/status") =~ /^Uid:\s+(\d+)/m;
    is $uid, scalar getpwnam('nobody'), "started as $user: the worker is nobody's";

    my @clients = map { $t->connect('front', receive_buffer => 128 * 1024) } 1 .. FLOWS;
    receive(\@clients, 1_000_000);
    my %pipes;
    Weir::Pipe::find($worker, \%pipes);
    Weir::Pipe::look(\%pipes);
    my @used = grep { $_->{most} > 0 } values %pipes;
    cmp_ok scalar @used, '>=', $least, scalar(@used) . ' flows have a pipe with bytes in it';
    cmp_ok scalar @used, '<=', $most, 'no more of them than are provided for';
    is scalar(grep { $_->{size} < 2**20 } @used), 0, 'all are of full size';

    receive(\@clients, BYTES);
    is scalar(grep { $_->take eq $bytes && $_->is_closed } @clients), FLOWS, 'all are whole';
    undef %pipes;
    $_->close for @clients;
    $t->stop;
}
