# SPDX-License-Identifier: BSD-2-Clause
# make install lays weir out as nginx is, and keeps a configuration that is there.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Process qw(run_command);

my $t = Weir->new(plan => 12);
my $root = $t->dir . '/root';
my $prefix = "$root/usr/local/weir";
my $build = $ENV{WEIR_BUILD} // 'build';

# The program is built already; "-o all" keeps make from looking whether it is.
sub install {
    my ($to, @paths) = @_;
    my ($status, $out, $err) = run_command([ 'make', '-s', '-C', Weir::TOP, '-o', 'all', "B=$build", "DESTDIR=$to",
        @paths, 'install' ], env => { MAKEFLAGS => undef, MAKELEVEL => undef });
    is $status, 0, 'make install' or diag "$out$err";
    return;
}

install($root);
ok -x "$prefix/sbin/weir", 'the program';
ok -f "$prefix/conf/mime.types", 'the media types';
ok -d "$prefix/logs", 'a folder for logs';

my ($status, $out, $err) = run_command([ "$prefix/sbin/weir", '-t', '-p', $prefix ]);
is $status, 0, 'the program accepts the configuration beside it' or diag $err;
like $err, qr/test is successful/, 'and says so';

open my $file, '>>', "$prefix/conf/weir.conf" or die $!;
print {$file} "# mine\n";
close $file;
install($root);
like slurp("$prefix/conf/weir.conf"), qr/^# mine$/m, 'a configuration that is there stays';

# Paths may hold what the shell gives a meaning to.
my $odd = $t->dir . q{/a "root" of 'mine'};
my $home = q{/opt/my weir $HOME};
install($odd, "SBIN_PATH=$home/sbin/weir" =~ s/\$/\$\$/r, map { "${_}=$home/conf/weir.conf" =~ s/\$/\$\$/r }
    qw(CONF_PATH ERROR_LOG_PATH HTTP_LOG_PATH));
ok -x "$odd$home/sbin/weir", 'the program, in a folder with blanks and quotes';
ok -f "$odd$home/conf/weir.conf", 'the configuration';
is_deeply [ glob_in($t->dir) ], [ sort q{a "root" of 'mine'}, 'root' ], 'and nothing beside that folder';

sub glob_in {
    my ($folder) = @_;
    opendir my $handle, $folder or die "$folder: $!";
    return sort grep { /root/ } readdir $handle;
}
