# SPDX-License-Identifier: BSD-2-Clause
# weir -h NAME prints what the manual says of a directive; an unknown name gets the nearest one.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 8);
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

# A row may name a kind of block that nothing opens.
my @contexts = map { /^Context:  (.*)/mg } map { ($t->run_bare('-h', $_))[1] }
    map { /^(\w+)/ } split /\n/, ($t->run_bare('--directives'))[1];
cmp_ok scalar @contexts, '>', 50, 'every entry has its contexts';
my %opened = map { $_ => 1 } qw(main events http upstream server location limit_except stream),
    'if in server', 'if in location', 'upstream in stream', 'server in stream';
is_deeply [ grep { !$opened{$_} } map { split /, / } @contexts ], [], 'which exist';
