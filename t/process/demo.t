# SPDX-License-Identifier: BSD-2-Clause
# contrib/demo.sh: what the README promises of it.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Process qw(spawn end_process reap);

Weir->in_namespace;
my $t = Weir->new(plan => 9);
my $dir = ($ENV{WEIR_BUILD} // Weir::TOP . '/build') . '/demo';
my $pid = spawn([ 'sh', Weir::TOP . '/contrib/demo.sh', '--port-base', 9000 ],
    env => { WEIR_BINARY => Weir::binary() }, stdout => $t->dir . '/out', stderr => $t->dir . '/err');

eval { wait_for(sub { slurp($t->dir . '/out') =~ /access log/ }, 20, 'the demo'); 1 } or diag slurp($t->dir . '/err');
like slurp($t->dir . '/out'), qr{curl http://localhost:9080/$}m, 'it says what to try';

my %answers;
$answers{ $t->http_get('/x', port => 9080)->body }++ for 1 .. 6;
is_deeply \%answers, { map { ("responder $_ of app: /x\n" => 2) } 1 .. 3 }, 'three responders take turns';
is $t->http_get('/api/y', port => 9080)->body, "api, asked for api: /api/y\n", 'routed by path';
is $t->http_get('/v1', port => 9080, host => 'api.localhost')->body, "api, asked for api.localhost: /v1\n", 'routed by name';
is $t->http_get('/about', port => '[::1]:9080')->body, "this answer is weir's own\n", 'on ::1';
is $t->connect(9306)->recv_all, "a TCP responder behind weir says hello\n", 'TCP on 127.0.0.1';
is $t->connect('[::1]:9306')->recv_all, "a TCP responder behind weir says hello\n", 'TCP on ::1';

kill TERM => $pid;
wait_for(sub { defined reap($pid) }, undef, 'the end of the demo');
is end_process($pid), 0, 'it ends well';
ok !-e $dir, 'and leaves nothing behind';
