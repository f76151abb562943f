# SPDX-License-Identifier: BSD-2-Clause
# USR1 opens the logs anew, in the master and in every worker: a renamed file grows no more.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(descriptors);

my $text = <<'CONF';
worker_processes 2;
stream {
    log_format port "$remote_port";
    server { listen 127.0.0.1:%%PORT:held%%; proxy_pass 127.0.0.1:%%PORT:echo%%; access_log held.log port; }
    server { listen 127.0.0.1:%%PORT:front%%; return x; access_log front.log port; }
}
CONF
my $t = Weir->new(plan => 7, conf => $text);
$t->echo_server('echo');
$t->start;
my $held = $t->connect('held');
$held->send("a\n");
$held->recv_line;
$t->reload($text =~ s/\}\n\z/server { listen 127.0.0.1:%%PORT:more%%; return x; access_log more.log port; } }\n/r);
my @logs = map { $t->dir . "/$_.log" } qw(error front held more);

sub rotate {
    rename $_, "$_.$_[0]" or die $! for @logs;
    $_[1]->();
    wait_for(sub { !grep { !-e } @logs }, undef, 'new files');
    wait_for(sub { !grep { /\.log\.\d$/ } map { descriptors($_) } $t->master_pid, $t->worker_pids }, undef,
        'the end of the old ones');
    return;
}

sub serve {
    my ($count) = @_;
    return map { my $c = $t->connect('front'); $c->recv_all; ($c->local)[1] } 1 .. $count;
}

serve(5);
$t->wait_lines('front.log', 5);
rotate(1, sub { $t->signal('USR1') });
serve(10);
$t->wait_lines('front.log', 10);
is scalar($t->lines('front.log.1')), 5, 'the old file has the old lines';
is scalar($t->lines('front.log')), 10, 'the new one has the new lines';
like $t->log, qr/client connected/, 'the error log, too';
unlike $t->log, qr/weir starts/, 'without what was before';

rotate(2, sub { is +($t->run('-s', 'reopen'))[0], 0, '-s reopen' });
$held->close;
$t->wait_lines('held.log', 1);
is $t->read('held.log.2'), '', 'a worker that drains has opened its file anew';

rotate(3, sub { $t->signal('USR1', ($t->worker_pids)[0]) });
serve(5);
is scalar($t->wait_lines('front.log', 5)), 5, 'USR1 to a worker does it for all';
