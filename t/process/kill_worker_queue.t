# SPDX-License-Identifier: BSD-2-Clause
# Connections that wait in the slot of a killed worker are served by the one that takes its place.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 2, allow_log => qr/exited on signal 9/, conf => <<'CONF')->start;
worker_processes 2;
stream { server { listen 127.0.0.1:%%PORT:front%%; return $pid; } }
CONF
my @old = $t->worker_pids;
kill STOP => @old;
my @waiting = map { $t->connect } 1 .. 40;
kill KILL => @old;
my %served = map { $_->recv_all => 1 } @waiting;
is scalar keys %served, 2, 'all are served, by two';
is scalar(grep { $served{$_} } @old), 0, 'who are new';
