# SPDX-License-Identifier: BSD-2-Clause
# Whoever asks for what is not there gets a line that says so, the usage, and exit status 1.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my %lines = (
    '-x' => 'invalid option: "-x"',
    '-tx' => 'invalid option: "-x"',
    '--tset' => 'invalid option: "--tset"',
    'weir.conf' => 'invalid option: "weir.conf"',
    '-' => 'invalid option: "-"',
    '-c' => 'option "-c" requires file name',
    '-e' => 'option "-e" requires file name',
    '-p' => 'option "-p" requires directory name',
    '-g' => 'option "-g" requires parameter',
    '-s' => 'option "-s" requires parameter',
    '-sreload!' => 'invalid option: "-s reload!"',
);
my $t = Weir->new(plan => 3 * keys %lines, conf => '');

for my $word (sort keys %lines) {
    my ($status, $out, $err) = $t->run_bare($word);
    is $status, 1, $word;
    like $err, qr/\Aweir: \Q$lines{$word}\E\nUsage: weir /, 'why, and the usage';
    is $out, '', 'nothing on stdout';
}
