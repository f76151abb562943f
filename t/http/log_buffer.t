# SPDX-License-Identifier: BSD-2-Clause
# access_log with buffer=, flush= and gzip: lines wait, and none is lost or doubled by QUIT, a reload, USR1 or kill -9.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(wait_successor);

my $text = <<'CONF';
# VERSION
http {
    log_format uri "$request_uri";
    server {
        listen 127.0.0.1:%%PORT:web%%;
        access_log %%DIR%%/buffered.log uri buffer=32k;
        access_log %%DIR%%/small.log uri buffer=12;
        access_log %%DIR%%/timed.log uri buffer=32k flush=300ms;
        access_log %%DIR%%/packed.gz uri gzip=9 if=$arg_gzip;
        access_log %%DIR%%/at-once.log uri;
        location / { return 200 x; }
    }
}
CONF
my $t = Weir->new(plan => 12, conf => $text, allow_log => qr/exited on signal 9/)->start;
my @asked;

sub ask {
    for (1 .. $_[0]) {
        push @asked, sprintf '/%03d', scalar @asked;
        $t->http_get($asked[-1] . '?gzip=1');
    }
    $t->wait_lines('at-once.log', $_[0] + ($_[1] // 0));
    return;
}

# Two workers write each when it likes.
sub logged {
    return [ sort map { s/\?.*//r } $t->lines($_[0]) ];
}

ask(3);
is $t->read('buffered.log'), '', 'lines wait';
is scalar @{ logged('small.log') }, 2, 'until the next one does not fit';
is_deeply [ map { s/\?.*//r } $t->wait_lines('timed.log', 3) ], \@asked, 'or for the time of flush=';

$t->signal('USR1');
wait_for(sub { scalar @{ logged('buffered.log') } == 3 }, undef, 'the lines');
is_deeply logged('buffered.log'), \@asked, 'USR1: all are written';

ask(3, 3);
my ($victim) = $t->worker_pids;
$t->signal('KILL', $victim);
wait_successor(sub { $t->worker_pids }, $victim);
is_deeply logged('buffered.log'), \@asked, 'kill -9: the master writes what is left';

ask(3, 6);
$t->reload($text =~ s/VERSION/2/r);
wait_for(sub { my @all = Weir::children($t->master_pid); @all == 2 }, undef, 'the end of the old worker');
is_deeply logged('buffered.log'), \@asked, 'reload: the old worker writes its lines';

ask(3, 9);
$t->reload($text =~ s/buffer=32k;/buffer=64k flush=1h;/r);
ask(3, 12);
$t->stop;
for my $name (qw(buffered small timed at-once)) {
    is_deeply logged("$name.log"), \@asked, "$name.log: whole after QUIT, whatever its buffer was before";
}
is_deeply [ sort map { s/\?.*\n//r } qx(gzip -dc < @{[ $t->dir ]}/packed.gz) ], \@asked, 'and so is what gunzip makes of the other';
is $? >> 8, 0, 'which does not complain';
