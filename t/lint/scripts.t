# SPDX-License-Identifier: BSD-2-Clause
# demo.sh and check.sh show what they would install, and --no-install refuses.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use Test::More;

my $top = "$FindBin::Bin/../..";
my $dir = tempdir(CLEANUP => 1);

# A dpkg-query that knows one package, and an apt-get that must not be called.
sub program {
    my ($name, $text) = @_;
    open my $file, '>', "$dir/$name" or die "$name: $!";
    print {$file} "#!/bin/sh\n$text\n";
    close $file;
    chmod 0755, "$dir/$name";
    return;
}

program('dpkg-query', 'case "$*" in *" make") printf installed ;; *" zlib1g-dev") printf config-files ;; *) exit 1 ;; esac');
program($_, "echo called > $dir/called; exit 1") for qw(apt-get sudo configure make);

sub run_script {
    my @arguments = @_;
    local $ENV{PATH} = "$dir:$ENV{PATH}";
    delete local $ENV{WEIR_BINARY};
    my $pid = open(my $pipe, '-|') // die "fork: $!";
    if ($pid == 0) {
        open STDERR, '>&', *STDOUT;
        exec 'sh', @arguments or die "sh: $!";
    }
    local $/;
    my $text = <$pipe>;
    close $pipe;
    return ($? >> 8, $text);
}

# Without root, and without a sudo on the way.
sub run_as_nobody {
    my @arguments = @_;
    my $bare = "$dir/bare";
    mkdir $bare;
    symlink $_, "$bare/" . s{.*/}{}r for grep { -x } map { glob "/usr/bin/$_ /bin/$_" }
        qw(sh dirname cat sed grep awk tee mktemp rm nproc id env printf echo);
    symlink "$dir/$_", "$bare/$_" for qw(dpkg-query apt-get configure make);
    chmod 0755, $dir;
    my $pid = open(my $pipe, '-|') // die "fork: $!";
    if ($pid == 0) {
        open STDERR, '>&', *STDOUT;
        $ENV{PATH} = $bare;
        delete @ENV{qw(WEIR_BINARY TMPDIR)};
        if ($> == 0) {
            $) = '65534 65534';
            ($<, $>) = (65534, 65534);
        }
        exec '/bin/sh', @arguments or die "sh: $!";
    }
    local $/;
    my $text = <$pipe>;
    close $pipe;
    return ($? >> 8, $text);
}

for my $name (qw(demo check)) {
    my ($status, $text) = run_script("$top/contrib/$name.sh", '--no-install');
    is $status, 1, "$name.sh --no-install fails while packages are missing";
    like $text, qr/^apt-get install --no-install-recommends (?=.*\bgcc )(?=.*\blibpcre2-dev )(?=.*\bzlib1g-dev ).*\n/m,
        'after the command that would install them';
    unlike $text, qr/apt-get.* make /, 'without those that are installed';
    like $text, qr/because of --no-install/, 'and says why';
    ok !-e "$dir/called", 'nothing is installed or built';

    ($status, $text) = run_script("$top/contrib/$name.sh", '--nonsense');
    is $status, 2, "$name.sh does not take an unknown option";
    like $text, qr/unknown option --nonsense\n.*--no-install/s, 'and lists those it takes';
    ($status, $text) = run_script("$top/contrib/$name.sh", '--help');
    is $status, 0, "$name.sh --help";
}

# A copy, since nobody may be unable to come to this folder.
my $tree = "$dir/tree";
mkdir $tree;
mkdir "$tree/contrib";
for my $script (qw(check packages)) {
    open my $from, '<', "$top/contrib/$script.sh" or die $!;
    open my $to, '>', "$tree/contrib/$script.sh" or die $!;
    print {$to} <$from>;
}
open my $configure, '>', "$tree/configure" or die $!;
close $configure;
chmod 0755, "$tree/configure";
my ($status, $text) = run_as_nobody("$tree/contrib/check.sh");
is $status, 1, 'check.sh without root and sudo fails while packages are missing';
like $text, qr/^apt-get install .*\n.*not root.*As root, run that command/m, 'and says what it needs';
program('dpkg-query', 'printf installed');
program('make', 'echo "make $*"; case $* in *check) echo "3 passed, 0 failed" ;; esac');
($status, $text) = run_as_nobody("$tree/contrib/check.sh");
is $status, 0, 'with all of them it goes on';
like $text, qr/not root.*skipped\.\nmake -j\d+ check\n3 passed, 0 failed\n/, 'without what needs root';

($status, $text) = run_script("$top/contrib/demo.sh", '--port-base', '8o8o');
is $status, 2, 'demo.sh --port-base wants a number';
done_testing;
