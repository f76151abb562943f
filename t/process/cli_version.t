# SPDX-License-Identifier: BSD-2-Clause
# -v and -V say which weir this is, on stderr, as nginx does.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 5, conf => '');

my ($status, $out, $err) = $t->run_bare('-v');
is $status, 0, '-v';
like $err, qr{\Aweir version: weir/\S+\n\z}, 'one line';
is $out, '', 'nothing on stdout';
($status, $out, $err) = $t->run_bare('-V');
is $status, 0, '-V';
like $err, qr{\Aweir version: weir/\S+\nbuilt by \S.*^configure arguments: ?.*$}ms, 'how it was built';
