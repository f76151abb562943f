# SPDX-License-Identifier: BSD-2-Clause
# A reload changes the options of a socket that goes on listening, and takes back those that the new
# configuration does not have; of what a socket has for its life it warns.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Socket qw(:all);
use Weir::Socket;

use constant { TCP_DEFER => 9, TCP_FASTOPEN_QUEUE => 23, BUF_LOCK => 72 };

my $t = Weir->new(plan => 9);

sub conf_with {
    my ($options, $options6) = @_;
    return "worker_processes 2;\nstream { server { listen 127.0.0.1:%%PORT:web%% $options;"
        . " listen [::1]:%%PORT:six%% $options6; return ok; } }\n";
}

# What the master's two sockets of that port have, which must be the same; -1 for what this kernel
# does not know.
sub options {
    my @options = ([ SOL_SOCKET, SO_RCVBUF ], [ SOL_SOCKET, SO_SNDBUF ], [ SOL_SOCKET, BUF_LOCK ],
        [ SOL_SOCKET, SO_KEEPALIVE ], [ IPPROTO_TCP, TCP_KEEPIDLE ], [ IPPROTO_TCP, TCP_KEEPINTVL ],
        [ IPPROTO_TCP, TCP_KEEPCNT ], [ IPPROTO_TCP, TCP_FASTOPEN_QUEUE ], [ IPPROTO_TCP, TCP_DEFER ]);
    my @sockets = grep { (Weir::Conn::name_of(getsockname $_))[1] == $t->port('web') }
        Weir::Socket::tcp_sockets($t->master_pid);
    my @texts = map {
        my $socket = $_;
        join ' ', map { unpack 'i', getsockopt($socket, $_->[0], $_->[1]) // pack 'i', -1 } @options;
    } @sockets;
    return @texts == 2 && $texts[0] eq $texts[1] ? $texts[0] : "@texts";
}

$t->conf(conf_with('', ''));
$t->start;
my $plain = options();

$t->conf(conf_with('rcvbuf=40000 sndbuf=30000 fastopen=5 deferred so_keepalive=11:12:13', ''));
is +($t->run('-s', 'reload'))[0], 0, 'options come';
my $lock = $plain =~ /^\d+ \d+ -1/ ? -1 : 3;
is options(), "80000 60000 $lock 1 11 12 13 5 1", 'and are those of the sockets';

$t->conf(conf_with('', ''));
is +($t->run('-s', 'reload'))[0], 0, 'options go';
is options(), $plain, 'and the sockets are as they were';
is $t->connect('web')->recv_all, 'ok', 'and serve';

$t->conf(conf_with('reuseport=off', 'ipv6only=off'));
my ($status, undef, $err) = $t->run('-s', 'reload');
is $status, 0, 'what cannot change';
my $why = 'cannot be changed while weir listens there, that takes a restart';
like $err, qr/\[warn\] .*"reuseport" of 127\.0\.0\.1:\d+ \Q$why\E/, 'is said';
like $err, qr/\[warn\] .*"ipv6only" of \[::1\]:\d+ \Q$why\E/, 'for each option';
is scalar(() = $t->log =~ /takes a restart/g), 2, 'once';
