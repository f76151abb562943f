# SPDX-License-Identifier: BSD-2-Clause
# -s wants only the path of the pid file: it asks for no host name, so with -s reload only the check
# does, and whatever is wrong with the files, -s quit works.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Weir::DNS;

Weir->in_namespace(files => { '/etc/resolv.conf' => "nameserver 127.0.0.9\noptions timeout:30 attempts:1\n" });
my $good = "worker_processes 1;\nstream { server { listen 127.0.0.1:80; return old; } }\n";
my $named = $good =~ s/return old/proxy_pass app.example.internal:81/r;
my $t = Weir->new(plan => 14, allow_log => qr/lsten|reload failed|open\(\) /, conf => $good)->start;
my $dns = Weir::DNS->start($t, '127.0.0.9:53', sub {
    my ($question) = @_;
    return undef if $question->{name} =~ /^silent/;
    return { answers => $question->{type} eq 'A' ? [ [ A => '127.0.0.11', 60 ] ] : [] };
});
$t->tcp_server('127.0.0.11:81', sub { $_[0]->send('named') });

$t->conf($named);
is +($t->run('-s', 'reload'))[0], 0, 'a reload';
is $t->connect('127.0.0.1:80')->recv_all, 'named', 'takes a name';
is scalar($dns->queries('app.example.internal')), 2, 'that was asked for once, for both families';

$t->conf($named =~ s/app/silent/r);
for my $signal (qw(reopen quit)) {
    my $begin = now();
    is +($t->run('-s', $signal))[0], 0, "$signal beside a silent name server";
    cmp_ok now() - $begin, '<', scaled(2), 'waits for nobody';
}
is $t->wait_end, 0, 'it ends well';
is scalar($dns->queries), 2, 'and nobody was asked';

$t->conf($good);
$t->start;
$t->conf("lsten 80;\n");
is +($t->run('-s', 'reload'))[0], 1, 'a reload with an error in the file';
unlink $t->dir . '/weir.conf';
my ($status, undef, $err) = $t->run('-s', 'quit');
is $status, 1, 'a file that is not there';
like $err, qr/\A\Qweir: [emerg] open() "\E\S+\/weir\.conf" failed/, 'is said';
$t->conf("lsten 80;\n");
is +($t->run('-s', 'quit'))[0], 0, 'quit with an error in the file';
is $t->wait_end, 0, 'works';
