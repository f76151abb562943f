# SPDX-License-Identifier: BSD-2-Clause
# A file in which each line is wrong is answered as fast as one that is right.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Time::HiRes qw(time);

my %files = (
    'no ";" at all' => "worker_processes 1\n" x 100_000 . ';',
    'no ";" and unknown names' => "worker_processes 1\n" . "zzzzz 1\n" x 100_000 . ';',
    'a wrong value' => 'events { ' . "worker_connections x;\n" x 100_000 . '}',
);
my $t = Weir->new(plan => 2 * keys %files, conf => '');

for my $name (sort keys %files) {
    open my $file, '>', $t->dir . '/weir.conf' or die $!;
    print {$file} $files{$name};
    close $file;
    my $start = time;
    my ($status) = $t->run('-t');
    my $seconds = time - $start;
    is $status, 1, $name;
    cmp_ok $seconds, '<', scaled(2), "after $seconds s";
}
