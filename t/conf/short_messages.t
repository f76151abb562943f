# SPDX-License-Identifier: BSD-2-Clause
# A start that fails says one line a message, as nginx does; the source and the help are for -t.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 3, conf => "demon off;\nwhatever;\nevents { }\n");
my $path = $t->dir . '/weir.conf';
my ($status, $out, $err) = $t->run;

is $status, 1, 'it does not start';
is $err, qq{weir: [emerg] unknown directive "demon" in $path:1\n}
    . qq{weir: [emerg] unknown directive "whatever" in $path:2\n}, 'two lines';
like +($t->run('-t'))[2], qr/^ {4}1 \| demon off;\n {6}\| \^{5} did you mean "daemon"\?$/m, 'more with -t';
