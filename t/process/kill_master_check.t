# SPDX-License-Identifier: BSD-2-Clause
# When the master is killed while a configuration is checked, the check ends as well, however it hangs:
# another weir can take the port.
use FindBin;
use lib "$FindBin::Bin/../lib";
use POSIX qw(mkfifo);
use Weir;
use Weir::Process qw(is_running);

my $text = "stream { server { listen 127.0.0.1:%%PORT:front%%; return hello; } }\n";
my $t = Weir->new(plan => 2, conf => $text)->start;
mkfifo($t->dir . '/fifo', 0600) or die $!;
$t->conf("include fifo;\n$text");
$t->signal('HUP');
my ($check) = @{ wait_for(sub {
    my @found = grep { Weir::command_line($_) =~ /configuration check/ } Weir::children($t->master_pid);
    return @found && \@found;
}, undef, 'the check') };
kill KILL => $t->master_pid;
wait_for(sub { !is_running($check) }, undef, 'the end of the check');
pass 'it has ended';
$t->wait_end;
$t->conf($text);
$t->start;
is $t->connect->recv_all, 'hello', 'another weir starts';
