# SPDX-License-Identifier: BSD-2-Clause
# A new binary that does not come up changes nothing: not when its configuration is bad, not when its
# workers fail, not when there is none.
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Copy qw(copy);
use Weir;
use Weir::Load;
use Weir::Proc qw(descriptors);

my $dir = Weir::Process::temporary_directory();
copy(Weir->binary, "$dir/weir") or die $!;
chmod 0755, "$dir/weir";
$ENV{WEIR_BINARY} = "$dir/weir";
my $text = "stream { server { listen 127.0.0.1:%%PORT:front%%; proxy_pass 127.0.0.1:%%PORT:echo%%; } }\n";
my $t = Weir->new(plan => 8, conf => $text,
    allow_log => qr/frobnicate|nowhere|its start|start failed|exited with code|on signal 9|exec of/);
my $echo = Weir::Load::start_echo('127.0.0.1', $t->port('echo'));
$t->start;
my $hammer = Weir::Load::start_hammer('127.0.0.1', $t->port('front'));
$hammer->wait_sessions(100);
my $master = $t->master_pid;
my @files = descriptors($master);

sub fails {
    my ($how) = @_;
    my $ends = () = $t->log =~ /new binary process \d+ exited/g;
    $t->signal(USR2 => $master);
    wait_for(sub { (() = $t->log =~ /new binary process \d+ exited/g) > $ends }, undef, 'its end');
    is $t->read('weir.pid'), "$master\n", "$how: the pid file is as it was";
    is $t->master_pid, $master, 'of the same master';
    return;
}

$t->conf("frobnicate;\n$text");
fails('a bad configuration');
$t->conf("worker_processes 4;\nworking_directory nowhere;\n$text");
fails('workers that fail');
unlink "$dir/weir";
fails('no binary');
$hammer->wait_sessions(100);
is_deeply $hammer->stop->{failed}, {}, 'no session failed';
wait_for(sub { my @now = descriptors($master); "@now" eq "@files" }, undef, 'the same descriptors');
pass 'no descriptor is left over';
