# SPDX-License-Identifier: BSD-2-Clause
# weir -h NAME prints what the manual says of a directive; an unknown name gets the nearest one.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 6);
my ($status, $out, $err) = $t->run_bare('-h', 'worker_processes');

is $status, 0, 'a known name';
like $out, qr/\ASyntax:   worker_processes number \| auto;\nDefault:  worker_processes 1;\nContext:  main\n/,
    'syntax, default, context';
is join(' ', sort +($t->run_bare('-h', 'proxy_pass'))[1] =~ /^Module:   (.*)/mg), 'http_proxy stream_proxy',
    'a name of http and stream has two entries';

($status, $out, $err) = $t->run_bare('-h', 'proxypass');
is $status, 1, 'an unknown name';
is $out, '', 'nothing on stdout';
is $err, qq{weir: unknown directive "proxypass", did you mean "proxy_pass"?\n}, 'the nearest';
