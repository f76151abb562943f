# SPDX-License-Identifier: BSD-2-Clause
# -g gives directives of main before those of the file; messages about them say "command line".
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 7, files => { 'a.conf' => "events { }\n", 'b.conf' => "daemon on;\nevents { }\n" });
my @where = ('-p', $t->dir, '-e', 'error.log', '-c');

my ($status, $out, $err) = $t->run_bare('-t', '-q', @where, 'a.conf', '-g', 'daemon off; worker_processes 2;');
is $status, 0, 'good ones are accepted';
is $err, '', 'without a word';

($status, $out, $err) = $t->run_bare('-t', @where, 'a.conf', '-g', 'demon off;');
is $status, 1, 'an unknown one is refused';
like $err, qr/^weir: \[emerg\] unknown directive "demon" in command line$/m, 'with its place';
like $err, qr/^ {6}\| demon off;\n {6}\| \^{5} did you mean "daemon"\?$/m, 'and its text';

(undef, undef, $err) = $t->run_bare('-t', @where, 'a.conf', '-g', 'daemon off');
like $err, qr/directive "daemon" is not terminated by ";" in command line$/m, 'a ";" ends the last one';

(undef, undef, $err) = $t->run_bare('-t', @where, 'b.conf', '-g', 'daemon off;');
like $err, qr{"daemon" directive is duplicate in \S+/b\.conf:1$}m, 'the file cannot say otherwise';
