# SPDX-License-Identifier: BSD-2-Clause
# make install lays weir out as nginx is, and keeps a configuration that is there.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Process qw(run_command);

my $t = Weir->new(plan => 8);
my $root = $t->dir . '/root';
my $prefix = "$root/usr/local/weir";
my $build = $ENV{WEIR_BUILD} // 'build';

# The program is built already; "-o all" keeps make from looking whether it is.
sub install {
    my ($status, $out, $err) = run_command([ 'make', '-s', '-C', Weir::TOP, '-o', 'all', "B=$build", "DESTDIR=$root",
        'install' ], env => { MAKEFLAGS => undef, MAKELEVEL => undef });
    is $status, 0, 'make install' or diag "$out$err";
    return;
}

install();
ok -x "$prefix/sbin/weir", 'the program';
ok -f "$prefix/conf/mime.types", 'the media types';
ok -d "$prefix/logs", 'a folder for logs';

my ($status, $out, $err) = run_command([ "$prefix/sbin/weir", '-t', '-p', $prefix ]);
is $status, 0, 'the program accepts the configuration beside it' or diag $err;
like $err, qr/test is successful/, 'and says so';

open my $file, '>>', "$prefix/conf/weir.conf" or die $!;
print {$file} "# mine\n";
close $file;
install();
like slurp("$prefix/conf/weir.conf"), qr/^# mine$/m, 'a configuration that is there stays';
