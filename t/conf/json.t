# SPDX-License-Identifier: BSD-2-Clause
# With --format=json the messages of -t are one JSON array on stdout.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use JSON::PP qw(decode_json);

my $t = Weir->new(plan => 4, conf => "events {\n    accept_mutex \"on\";\n    worker_conections 1;\n}\n");
my ($status, $out, $err) = $t->run('-t', '--format=json');
my $messages = eval { decode_json($out) } // [];

is $status, 1, 'the status is that of -t';
is_deeply [ map { $_->{severity} } @$messages ], [ 'warning', 'error' ], 'two messages, in order of the file'
    or diag $out;
is $messages->[1]{message}, 'unknown directive "worker_conections"', 'what is wrong';
is_deeply [ @{ $messages->[1] }{qw(file line col len help)} ],
    [ $t->dir . '/weir.conf', 3, 5, 17, 'did you mean "worker_connections"?' ], 'and where';
