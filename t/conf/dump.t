# SPDX-License-Identifier: BSD-2-Clause
# -T prints every file byte for byte behind its name, each once, in the order of reading.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $main = "# odd \xff\tbytes\r\ninclude parts/*.conf;\ninclude parts/b.conf;\nevents { }";
my $t = Weir->new(
    plan  => 4,
    conf  => $main,
    files => { 'parts/b.conf' => "env B;\n\n", 'parts/a.conf' => "env A;" },
);
my $dir = $t->dir;
my ($status, $out, $err) = $t->run('-T');

is $status, 0, 'it is accepted';
is $out, "# configuration file $dir/weir.conf:\n$main\n"
    . "# configuration file $dir/parts/a.conf:\nenv A;\n"
    . "# configuration file $dir/parts/b.conf:\nenv B;\n\n\n", 'the files on stdout';
like $err, qr/syntax is ok\n.*test is successful\n\z/, 'the result on stderr';

$t->conf("events { }\nfrobnicate;\n");
is +($t->run('-T'))[1], '', 'a wrong configuration is not printed';
