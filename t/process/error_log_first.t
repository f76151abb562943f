# SPDX-License-Identifier: BSD-2-Clause
# The error log of -e is there from the first moment, and the one of the configuration from its load.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 4, conf => "error_log own.log notice;\nstream { server { listen 127.0.0.1:%%PORT:front%%; return x; } }\n");
$t->start;
ok -e $t->dir . '/error.log', 'the one of -e is there';
like $t->read('own.log'), qr/weir starts.*start worker process/s, 'the own one has the start';

my $bare = Weir->new(conf => '');
unlink $bare->dir . '/weir.conf';
my ($status, undef, $err) = $bare->run_bare('-p', $bare->dir, '-c', 'weir.conf', '-e', 'first.log');
is $status, 1, 'no configuration';
like $bare->read('first.log'), qr/\[emerg\] .*open\(\) "\S+weir\.conf" failed/, 'the log says so';
