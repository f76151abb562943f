# SPDX-License-Identifier: BSD-2-Clause
# Each wrong configuration in errors/NAME.conf gives the messages and the exit status in errors/NAME.out,
# with %DIR% for the folder. To write the answers anew: WEIR_ANSWERS=write prove t/conf/errors.t, and
# then read them all.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use File::Basename qw(basename);
use Weir::Process qw(run_command);

my @names = map { basename($_, '.conf') } glob "$FindBin::Bin/errors/*.conf";
my $t = Weir->new(plan => 1 + @names);
my $dir = $t->dir;

for my $path (glob "$FindBin::Bin/errors/*.conf $FindBin::Bin/errors/parts/*") {
    my $name = $path =~ s{^\Q$FindBin::Bin\E/errors/}{}r;
    mkdir "$dir/parts";
    open my $copy, '>:raw', "$dir/$name" or die "$dir/$name: $!";
    print {$copy} slurp($path);
    close $copy;
}

sub answer_of {
    my ($name) = @_;
    my ($status, $out, $err) = run_command([ Weir::binary(), '-t', '-p', $dir, '-c', "$name.conf" ]);
    $err =~ s/\Q$dir\E/%DIR%/g;
    return "$out${err}exit status $status\n";
}

cmp_ok scalar @names, '>=', 60, 'there are at least 60 pairs';
for my $name (@names) {
    my $path = "$FindBin::Bin/errors/$name.out";
    my $answer = answer_of($name);
    if (($ENV{WEIR_ANSWERS} // '') eq 'write') {
        open my $file, '>:raw', $path or die "$path: $!";
        print {$file} $answer;
        close $file;
    }
    is $answer, slurp($path), $name;
}
