# SPDX-License-Identifier: BSD-2-Clause
# On a reload the checking process alone asks for host names. While it waits for a name server the
# master looks after its children, and what it has learnt is what the new workers use.
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Select;
use IO::Socket::INET;
use Weir;
use Weir::Proc qw(wait_successor);

Weir->in_namespace(files => { '/etc/resolv.conf' => "nameserver 127.0.0.9\noptions timeout:30 attempts:1\n" });
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.9:53', Proto => 'udp') or die $@;
my @questions;

# Takes one question; undef if none comes.
sub take_question {
    my ($seconds) = @_;
    IO::Select->new($server)->can_read($seconds) or return;
    my $from = recv $server, my $text, 512, 0;
    my ($end) = $text =~ /\A.{12}(?:[^\0].*?)?\0()/s ? $+[0] : die;
    my $question = { from => $from, id => substr($text, 0, 2), text => substr($text, 12, $end - 8), type => unpack('n', substr $text, $end, 2) };
    push @questions, $question;
    return $question;
}

# Answers one about addresses of IPv4 with this address, others with none; without an address there
# is no such name.
sub answer {
    my ($question, $address) = @_;
    my $has = defined $address && $question->{type} == 1;
    my $record = $has ? pack 'n3 N n C4', 0xc00c, 1, 1, 60, 4, split /[.]/, $address : '';
    my $head = pack 'n5', defined $address ? 0x8580 : 0x8583, 1, $has ? 1 : 0, 0, 0;
    send $server, "$question->{id}$head$question->{text}$record", 0, $question->{from} or die $!;
    return;
}

my $text = "stream { server { listen 127.0.0.1:80; TEXT } }\n";
my $t = Weir->new(plan => 10, allow_log => qr/exited on signal 9/, conf => $text =~ s/TEXT/return old;/r)->start;
my $first = $t->tcp_server('127.0.0.11:81', sub { $_[0]->send('first') });
my $second = $t->tcp_server('127.0.0.12:81', sub { $_[0]->send('second') });
my $named = $text =~ s/TEXT/proxy_pass app.example.internal:81;/r;

$t->conf($named);
$t->signal('HUP');
my @asked = (take_question(10), take_question(10));
is scalar(@asked), 2, 'it is asked for both kinds of addresses';
my ($worker) = $t->worker_pids;
kill KILL => $worker;
my ($new, $seconds) = wait_successor(sub { $t->worker_pids }, $worker);
cmp_ok $seconds, '<', scaled(0.2), 'a worker that dies meanwhile is replaced within 200 ms';
is $t->connect('127.0.0.1:80')->recv_all, 'old', 'and serves';
answer($_, '127.0.0.11') for @asked;
wait_for(sub { $t->is_draining($new) }, undef, 'the new generation');
is $t->connect('127.0.0.1:80')->recv_all, 'first', 'then the answer is used';
ok !take_question(0), 'nobody has asked again';

$t->signal('HUP');
my ($old) = grep { !$t->is_draining($_) } $t->worker_pids;
answer(take_question(10), '127.0.0.12') for 1, 2;
wait_for(sub { $t->is_draining($old) }, undef, 'the new generation');
is $t->connect('127.0.0.1:80')->recv_all, 'second', 'the next reload asks anew';
is scalar(@questions), 4, 'once';

$t->signal('HUP');
($old) = grep { !$t->is_draining($_) } $t->worker_pids;
answer(take_question(10)) for 1, 2;
wait_for(sub { $t->is_draining($old) }, undef, 'the new generation');
ok !take_question(0), 'nor after it has learnt that there is no such name';
like $t->log, qr/\[warn\] .*host not found in upstream "app.example.internal"/, 'of which the log speaks';
ok $t->connect('127.0.0.1:80')->is_closed, 'and which is not kept from the time before';
