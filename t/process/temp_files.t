# SPDX-License-Identifier: BSD-2-Clause
# What a worker that is killed leaves in the folders for temporary files is removed; what others keep
# there is not.
use FindBin;
use lib "$FindBin::Bin/../lib";
use POSIX ();
use Weir;

my $http = <<'CONF';
http {
    client_body_temp_path bodies;
    client_body_in_file_only clean;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $t = Weir->new(conf => $http, plan => 6, allow_log => qr/exited on signal 9/);
$t->silent_server('back');
$t->start;
my $folder = $t->dir . '/bodies';
my @others = ("$folder/body-abcdef", "$folder/temp-$$-abcdef", "$folder/temp-x");
for my $path (@others) { open my $file, '>', $path or die "$path: $!" }

my $c = $t->connect('web');
$c->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
my ($worker) = $t->worker_pids;
ok wait_for(sub { () = glob "$folder/temp-$worker-*" }, undef, 'the file'), 'a body is in a file';
$t->signal('KILL', $worker);
ok wait_for(sub { !(() = glob "$folder/temp-$worker-*") }, undef, 'the end of the file'), 'which goes';
is scalar(grep { !-e } @others), 0, 'other files stay';
is scalar(grep { $_ != $worker } $t->worker_pids), 1, 'the next worker serves';

my $single = Weir->new(conf => "master_process off;\n" . $http =~ s/%%PORT:back%%/$t->port('back')/er);
mkdir $single->dir . '/bodies';
my $gone = fork // die;
POSIX::_exit(0) if $gone == 0;
waitpid $gone, 0;
my $left = $single->dir . "/bodies/temp-$gone-abcdef";
open my $file, '>', $left or die "$left: $!";
$single->start;
ok wait_for(sub { !-e $left }, undef, 'the end of an old file'), 'one process does it, too';
ok $single->stop, 'and ends';
