# SPDX-License-Identifier: BSD-2-Clause
# The test library does what the other tests believe: held against a small server of its own.
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp qw(tempdir);
use Weir;
use Weir::Load;
use Weir::Process qw(run_command);

my $dir = tempdir(CLEANUP => 1);
chmod 0755, $dir;

# A stand-in for weir: reads "echo PORT;" and "complain;", forks a worker, knows HUP and QUIT.
open my $file, '>', "$dir/stand-in" or die $!;
print {$file} "#!$^X\n", <<'EOP';
use strict;
use warnings;
use IO::Socket::INET;
my (%option, %worker);
while (@ARGV) {
    my $name = shift;
    $option{$name} = $name eq '-t' ? 1 : shift;
}
chdir $option{'-p'};
my ($pid_file) = $option{'-g'} =~ /pid (\S+?);/;
open STDERR, '>>', $option{'-e'};
STDERR->autoflush;
sub text { open my $f, '<', $option{'-c'} or die; local $/; return <$f> }
if ($option{'-t'}) {
    open STDERR, '>', '/dev/stderr';
    print 'out';
    print {*STDOUT} '';
    exit(text() =~ /bad/ ? 1 : 0);
}
my ($port) = text() =~ /echo (\d+);/ or exit 3;
my @listen = (LocalAddr => "127.0.0.1:$port", Listen => 9, ReuseAddr => 1);
my $listener = IO::Socket::INET->new(@listen) or die;
sub worker {
    pipe my $named, my $name;
    my $pid = fork;
    if ($pid) {
        close $name;
        readline $named; # until it is known by its name
        return $worker{$pid} = 1;
    }
    $0 = 'stand-in: worker process';
    close $name;
    $SIG{QUIT} = sub { exit 0 };
    print STDERR "[alert] $$: something\n" if text() =~ /complain;/;
    while (my $c = $listener->accept) {
        while (sysread $c, my $bytes, 65536) { syswrite $c, $bytes }
    }
    exit 0;
}
my ($hup, $quit);
$SIG{HUP} = sub { $hup = 1 };
$SIG{QUIT} = sub { $quit = 1 };
worker();
open my $f, '>', $pid_file; print $f "$$\n"; close $f;
while (!$quit) {
    select undef, undef, undef, 0.005;
    if ($hup) {
        $hup = 0;
        if (text() =~ /bad/) { print STDERR "[emerg] $$: bad\n"; next }
        my @old = keys %worker;
        %worker = ();
        worker();
        kill QUIT => @old;
        waitpid $_, 0 for @old;
    }
}
kill QUIT => keys %worker;
waitpid $_, 0 for keys %worker;
unlink $pid_file;
exit(text() =~ /status (\d);/ ? $1 : 0);
EOP
close $file;
chmod 0755, "$dir/stand-in";
$ENV{WEIR_BINARY} = "$dir/stand-in";

# Runs a test of its own, given as text: (exit status, its output).
sub outcome {
    my ($text) = @_;
    my @command = ($^X, "-I$FindBin::Bin/../lib", '-e', "use Weir; $text");
    my ($status, $out, $err) = run_command(\@command, timeout => 30);
    return ($status, "$out$err");
}

my $t = Weir->new(conf => <<'CONF', files => { 'sub/part.txt' => "%%PORT:front%%\n" });
echo %%PORT:front%%;
CONF

subtest 'placeholders' => sub {
    my $port = $t->port('front');
    like $port, qr/^\d+$/, 'a port';
    is $t->read('sub/part.txt'), "$port\n", 'the same in every file';
    isnt $t->port('other'), $port, 'another name, another port';
    is $t->expand('%%DIR%%/x'), $t->dir . '/x', 'the directory';
    ok !eval { $t->expand('%%NONE%%'); 1 }, 'an unknown one is an error';
    is((stat $t->dir)[2] & 0777, 0755, 'others may enter the directory');
};

subtest 'what the configuration leaves out' => sub {
    like $t->{globals}, qr/^daemon off; pid \S+; error_log \S+ info;$/, 'daemon, pid and error_log';
    like $t->read('weir.conf'), qr/^echo \d+;\nevents \{ \}\n\z/, 'events behind the last line';
    my $set = Weir->new(conf => <<'CONF');
    error_log own.log; # daemon on;
    pid own.pid;
    events { }
    http { error_log other.log; server { return 200 "{ pid x;"; } }
CONF
    is $set->{globals}, 'daemon off;', 'not what is set on the main level';
    is $set->{pid_file}, $set->dir . '/own.pid', 'the pid file is found';
    my $inner = Weir->new(conf => "http { error_log other.log; }\nevents { }\n");
    like $inner->{globals}, qr/ error_log /, 'what a block sets does not count';
};

subtest 'ports of tests side by side' => sub {
    my %seen;
    my ($status, $text) = outcome(<<'EOP');
        require Weir::Port;
        for (1 .. 4) {
            next if fork;
            print join(' ', map { Weir::Port::reserve_port() } 1 .. 20), "\n";
            sleep 1;
            last;
        }
        1 while wait > 0; $? = 0;
EOP
    my @ports = $text =~ /(\d+)/g;
    is scalar @ports, 80, 'eighty ports';
    is scalar(grep { $seen{$_}++ } @ports), 0, 'no two are one';
};

subtest 'start, talk, reload, stop' => sub {
    $t->start;
    my @workers = $t->worker_pids;
    is scalar @workers, 1, 'one worker';
    my $c = $t->connect('front');
    $c->send("a\nb");
    is $c->recv_line, 'a', 'a line';
    is $c->recv_bytes(1), 'b', 'a byte';
    $c->half_close;
    is $c->recv_all, '', 'the end';
    my $bytes = bytes(3_000_000);
    ok $t->connect('front')->exchange($bytes) eq $bytes, 'both ways at once';
    ok $t->connect('front')->exchange($bytes, keep => 1, want => length $bytes) eq $bytes,
        'the same, kept open';
    $t->reload;
    my @new = $t->worker_pids;
    is scalar @new, 1, 'one worker after the reload';
    isnt $new[0], $workers[0], 'a new one';
    ok !eval { $t->reload("echo %%PORT:front%%;\nbad\n"); 1 }, 'a failed reload is an exception';
    $t->{allow_log} = qr/bad/;
    my $master = $t->master_pid;
    ok $t->stop, 'it stops';
    ok !-e "/proc/$master", 'the process has gone';
    is $t->connect_error('front'), 'ECONNREFUSED', 'nobody answers any more';
};

subtest 'run' => sub {
    my ($status, $out) = $t->run('-t');
    is $status, 1, 'the exit status';
    is $out, 'out', 'its output';
};

subtest 'what a test must not pass over' => sub {
    for my $case (
        [ 'status 1;',  qr/wait status 256/,      'an exit status' ],
        [ 'complain;',  qr/\[alert\] \d+: something/, 'an alert in the log' ],
    ) {
        my ($conf, $pattern, $name) = @$case;
        my ($status, $text) = outcome("Weir->new(conf => 'echo %%PORT:a%%; $conf')->start; ok 1;");
        is $status, 1, "$name fails the test";
        like $text, $pattern, "$name is shown";
    }
    my ($status, $text) = outcome(q{Weir->new(conf => 'nothing')->start; ok 1;});
    isnt $status, 0, 'no start fails the test';
    like $text, qr/weir does not start \(wait status 768\)/, 'no start is shown';
    ($status, $text) = outcome(q{Weir->new(conf => 'echo %%PORT:a%%;', plan => 2)->start; ok 1;});
    isnt $status, 0, 'a point too few fails the test';
    ($status, $text) = outcome(q{Weir->new(conf => 'echo %%PORT:a%%;', plan => 1)->start; ok 1;});
    is $status, 0, 'the right number passes';
    like $text, qr/^1\.\.2$/m, 'with one more for the stop';
    ($status, $text) = outcome(q{Weir->new(conf => 'echo %%PORT:a%%;')->start; ok 1; die;});
    isnt $status, 0, 'a test that dies fails';
};

subtest 'nothing outlives a test' => sub {
    my %end = (
        'die "early\n"' => 'that dies',
        'kill KILL => $$; sleep 5' => 'that is killed',
        'kill TERM => $$; sleep 5' => 'that is told to end',
        'Weir::Process::set_test_timeout(0.3); sleep 20' => 'that hangs',
    );
    for my $end (sort keys %end) {
        my ($status, $text) = outcome(<<"EOP");
            my \$t = Weir->new(conf => 'echo %%PORT:a%%;')->start;
            my \$s = \$t->echo_server('b');
            my \$c = \$t->connect('b'); \$c->send("x\\n"); \$c->recv_line;
            print join(' ', 'pids', \$t->{pid}, \$t->worker_pids, \$s->{pid}), "\\n";
            print 'dir ', \$t->dir, "\\n";
            STDOUT->flush;
            $end;
EOP
        isnt $status, 0, "a test $end{$end} fails";
        my ($pids) = $text =~ /^pids (.*)$/m;
        my ($own) = $text =~ /^dir (.*)$/m;
        my @pids = split / /, $pids // '';
        is scalar @pids, 3, 'three processes were started';
        ok eval { wait_for(sub { !grep { Weir::Process::is_running($_) } @pids }, 5, 'their end') },
            'all have ended';
        ok eval { wait_for(sub { !-e $own }, 5, 'no directory') }, 'the directory is gone';
    }
};

subtest 'servers' => sub {
    my $greeting = $t->greeting_server('greeting', "hello\n");
    is $t->connect('greeting')->recv_line, 'hello', 'one that speaks first';
    my $closing = $t->closing_server('closing');
    ok $t->connect('closing')->is_closed, 'one that closes';
    my $resetting = $t->resetting_server('resetting');
    my $c = $t->connect('resetting');
    $c->recv_all;
    ok $c->was_reset, 'one that resets';
    my $sink = $t->sink_server('sink');
    is $t->connect('sink')->exchange('abc'),
        "3 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n",
            'one that tells what it got';
    my $source = $t->source_server('source', bytes(100_000));
    ok $t->connect('source')->recv_all eq bytes(100_000), 'one that sends';
    my $silent = $t->silent_server('silent');
    $c = $t->connect('silent');
    $c->send('x');
    ok !$c->has_news(0.1), 'one that says nothing';
    my $unix = $t->tcp_server('u', Weir::Server::echo(), port => 'unix:s.sock');
    is $t->connect('unix:s.sock')->exchange('abc'), 'abc', 'one on a UNIX socket';
    my $six = $t->tcp_server('six', Weir::Server::echo(), port => '[::1]:six');
    is $t->connect('[::1]:six')->exchange('abc'), 'abc', 'one on IPv6';
    my $from = $t->tcp_server('from', sub { my ($c, $s) = @_; $s->note(join ' ', $c->remote) });
    $t->connect('from', from => '127.0.0.7');
    like $from->wait_note, qr/^127\.0\.0\.7 \d+$/, 'one that takes notes';
    my $full = $t->full_server('full');
    is $t->connect_error('full', timeout => 0.1), 'ETIMEDOUT', 'one where connecting never ends';
    is $greeting->accepts, 1, 'accepts are counted';
    $greeting->stop;
    is $t->connect_error('greeting'), 'ECONNREFUSED', 'a stopped one refuses';
    $greeting->start;
    is $t->connect('greeting')->recv_line, 'hello', 'and comes back';
};

subtest 'a connection' => sub {
    my $echo = $t->echo_server('echo');
    my $c = $t->connect('echo', timeout => 0.2);
    ok !eval { $c->recv_line; 1 }, 'waiting ends';
    like $@, qr/wanted .* got no more in time after 0 bytes/, 'and says for what';
    my $reset = $t->tcp_server('reset', sub { $_[0]->recv_all; $_[1]->note($_[0]->was_reset) });
    $t->connect('reset')->reset;
    is $reset->wait_note, 1, 'a reset arrives as one';
};

subtest 'HTTP' => sub {
    my $s = $t->http_server('http', sub {
        my ($request) = @_;
        return if $request->uri eq '/none';
        if ($request->uri eq '/chunks') {
            my $chunks = "3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: v\r\n\r\n";
            return [ 200, [ 'Transfer-Encoding' => 'chunked' ], $chunks ];
        }
        return [ 204 ] if $request->uri eq '/empty';
        my %headers = ('X-Got' => join ',', $request->header_values('X-A'));
        return [ '200 Fine', \%headers, $request->method . $request->body ];
    });
    my $c = $t->http_connect('http');
    my $r = $c->get('/', headers => [ 'X-A' => 1, 'X-A' => 2 ], body => 'body');
    is $r->status, 200, 'status';
    is $r->reason, 'Fine', 'reason';
    is $r->header('x-got'), '1,2', 'headers';
    is $r->body, 'GETbody', 'body';
    is $c->get('/chunks')->body, 'abcde', 'chunks';
    is $c->get('/', method => 'HEAD')->body, '', 'HEAD';
    is $c->get('/empty')->status, 204, 'no body with 204';
    $c->send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPUT /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    is $c->response->body, 'GET', 'pipelining: the first';
    is $c->response->body, 'PUT', 'pipelining: the second';
    is $s->accepts, 1, 'all on one connection';
    is join(' ', $s->uris), '/ /chunks / /empty /1 /2', 'the requests are known';
    ok !eval { $c->get('/none'); 1 }, 'no answer is an exception';
    is $t->http_get('/', port => 'http')->header('Connection'), 'close',
        'one request alone asks for the end';
};

subtest 'load and what it tells' => sub {
    my $wrk = Weir::Load::parse_wrk(<<'EOT');
  120 requests in 1.00s, 1.00MB read
  Socket errors: connect 1, read 2, write 3, timeout 4
  Non-2xx or 3xx responses: 5
Requests/sec:    119.90
EOT
    is join(' ', @$wrk{qw(requests errors non_2xx rate)}), '120 10 5 119.90', 'wrk';
    my $ab = Weir::Load::parse_ab(<<'EOT');
Complete requests:      100
Failed requests:        7
   (Connect: 0, Receive: 0, Length: 7, Exceptions: 0)
Non-2xx responses:      3
Keep-Alive requests:    90
Requests per second:    1000.50 [#/sec] (mean)
EOT
    is join(' ', @$ab{qw(requests errors non_2xx kept)}), '100 7 3 90', 'ab';

    my $echo = Weir::Load::start_echo('127.0.0.1', $t->port('hammer'));
    my $hammer = Weir::Load::start_hammer('127.0.0.1', $t->port('hammer'), clients => 4);
    $hammer->wait_sessions(20);
    my $result = $hammer->stop;
    cmp_ok $result->{sessions}, '>=', 20, 'sessions of the TCP clients';
    is_deeply $result->{failed}, {}, 'none failed';
    my %server = (
        refused => undef,
        short => sub { $_[0]->recv_bytes(1000) },
        wrong => sub { $_[0]->recv_bytes(1000); $_[0]->send('x' x 1000) },
        reset => Weir::Server::resetting(),
    );
    for my $kind (sort keys %server) {
        $t->tcp_server("hammer.$kind", $server{$kind}) if $server{$kind};
        $hammer = Weir::Load::start_hammer('127.0.0.1', $t->port("hammer.$kind"),
            clients => 1, messages => 1);
        wait_for(sub { length slurp("$hammer->{dir}/err") }, 5, 'a tick');
        $result = $hammer->stop;
        ok $result->{failed}{$kind}, "the kind of failure: $kind";
        is $result->{sessions}, 0, 'and no session is fine';
    }
};

subtest 'namespaces' => sub {
    plan skip_all => 'only root may' if $>;
    open my $test, '>', "$dir/inside.t" or die $!;
    print {$test} <<'EOP';
use Weir;
Weir->in_namespace(hosts => "127.0.0.9 name.example\n", tmpfs => ['/mnt']);
my $t = Weir->new;
my $s = $t->tcp_server('s', Weir::Server::echo(), port => '127.0.0.9:80');
my $c = $t->connect('127.0.0.9:80', from => '127.200.0.1');
is $c->exchange('abc'), 'abc', 'a fixed port';
is join('.', unpack 'C4', gethostbyname 'name.example'), '127.0.0.9', 'a name';
open my $file, '>', '/mnt/inside' or die $!;
ok -e '/mnt/inside', 'a file system';
is $t->tcp_server('six', Weir::Server::echo(), port => '[::1]:81')->accepts, 0, 'IPv6';
EOP
    close $test;
    my ($status, $out, $error) = run_command([ $^X, "-I$FindBin::Bin/../lib", "$dir/inside.t" ]);
    is $status, 0, 'a test in namespaces passes' or diag $out, $error;
    like $out, qr/^ok 4 .*^1\.\.4$/ms, 'whole';
    ok !-e '/mnt/inside', 'nothing of it is left outside';
};
