# SPDX-License-Identifier: BSD-2-Clause
# Paths given with -c and -e are relative to -p, and that to the current directory.
use Cwd qw(getcwd);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 6, files => {
    'etc/a.conf' => "pid run/a.pid;\nerror_log log/b.log notice;\ninclude part.conf;\nevents { }\n",
    'etc/part.conf' => "daemon off;\n",
    'run/x' => '',
    'log/x' => '',
});
my $here = getcwd;
chdir $t->dir . '/etc' or die $!;
my ($status, undef, $err) = $t->run_bare('-t', '-p', '..', '-c', 'etc/a.conf', '-e', 'log/a.log');
is $status, 0, 'a prefix relative to where we are' or diag $err;
chdir $here;

my @arguments = ('-p', $t->dir, '-cetc/a.conf', '-e', 'log/a.log');
my $pid = Weir::Process::spawn([ $t->binary, @arguments ]);
wait_for(sub { -s $t->dir . '/run/a.pid' }, undef, 'the pid file');
is $t->read('run/a.pid'), "$pid\n", 'pid is relative to the prefix';
ok -e $t->dir . '/log/a.log', 'so is the file of -e';
like $t->read('log/b.log'), qr/weir starts/, 'and error_log';
($status) = $t->run_bare('-s', 'quit', @arguments);
is $status, 0, '-s finds it in the same way';
wait_for(sub { defined Weir::Process::reap($pid) }, undef, 'the end');
is Weir::Process::end_process($pid), 0, 'it ends well';
