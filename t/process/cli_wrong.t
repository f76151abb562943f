# SPDX-License-Identifier: BSD-2-Clause
# Whoever asks for what is not there gets a line that says so, where to look, and exit status 1.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my %lines = (
    '-x' => 'invalid option: "-x"',
    '-tx' => 'invalid option: "-x"',
    '--tset' => 'invalid option: "--tset", did you mean "--test"?',
    '--nonsense' => 'invalid option: "--nonsense"',
    'weir.conf' => 'invalid option: "weir.conf"',
    '-' => 'invalid option: "-"',
    '-c' => 'option "-c" requires file name',
    '-e' => 'option "-e" requires file name',
    '-p' => 'option "-p" requires directory name',
    '-g' => 'option "-g" requires parameter',
    '-s' => 'option "-s" requires parameter',
    '-sreload!' => 'invalid option: "-s reload!" (stop, quit, reopen or reload)',
);
my $t = Weir->new(plan => 3 * keys %lines, conf => '');

for my $word (sort keys %lines) {
    my ($status, $out, $err) = $t->run_bare($word);
    is $status, 1, $word;
    is $err, qq{weir: $lines{$word}\nweir: see "weir -h" for the options\n}, 'why, and where to look';
    is $out, '', 'nothing on stdout';
}
