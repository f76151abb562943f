# SPDX-License-Identifier: BSD-2-Clause
# -t says that all is well in nginx's two lines on stderr; with -q it says only what is not.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 7, conf => "events { }\n");
my $path = $t->dir . '/weir.conf';

my ($status, $out, $err) = $t->run('-t');
is $status, 0, '-t';
is $err, "weir: the configuration file $path syntax is ok\nweir: configuration file $path test is successful\n",
    'two lines';
is $out, '', 'nothing on stdout';
is_deeply [ $t->run('-t', '-q') ], [ 0, '', '' ], '-q: not a word';

$t->conf("frobnicate;\nevents { }\n");
($status, $out, $err) = $t->run('-t', '-q');
is $status, 1, 'a wrong one';
is $out, '', 'nothing on stdout';
like $err, qr/^weir: \[emerg\] unknown directive "frobnicate" in \Q$path\E:1$/m, 'the error in spite of -q';
