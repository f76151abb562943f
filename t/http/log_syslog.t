# SPDX-License-Identifier: BSD-2-Clause
# access_log and error_log to syslog servers, over UDP and UNIX sockets, and one that is not there stops nothing.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc;
use IO::Socket::INET;
use IO::Socket::IP;
use IO::Socket::UNIX;
use Socket qw(SOCK_DGRAM);
use Sys::Hostname qw(hostname);

my $udp = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1') or die $!;
my $port = $udp->sockport;
my $ipv6 = IO::Socket::IP->new(Proto => 'udp', LocalHost => '::1') or die $!;
my $ipv6_port = $ipv6->sockport;
my $t = Weir->new(plan => 14, allow_log => qr/send\(\) to/, conf => <<"CONF");
error_log %%DIR%%/error.log notice;
http {
    log_format uri "\$request_uri";
    error_log syslog:server=127.0.0.1:$port,facility=user,tag=errs error;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        access_log syslog:server=localhost:$port uri;
        access_log syslog:server=127.0.0.1:$port,nohostname,facility=local0,severity=warn,tag=b uri;
        access_log syslog:server=unix:%%DIR%%/socket,nohostname uri if=\$arg_local;
        access_log syslog:server=[::1]:$ipv6_port,nohostname uri if=\$arg_ipv6;
        access_log %%DIR%%/file.log uri;
        location / { return 200 x; }
        location /refused { proxy_pass http://127.0.0.1:1; access_log off; }
    }
}
stream {
    log_format bytes "\$bytes_sent sent";
    server {
        listen 127.0.0.1:%%PORT:tcp%%;
        return x;
        access_log syslog:server=127.0.0.1:$port,nohostname,tag=tcp bytes;
    }
}
CONF
$t->start;
my ($host, $time) = (lc hostname(), qr/[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d/);

sub message {
    my ($socket) = @_;
    my $text = '';
    local $SIG{ALRM} = sub { die "no message came\n" };
    alarm 10;
    defined recv $socket, $text, 65536, 0 or die $!;
    alarm 0;
    return $text;
}

$t->http_get('/one');
like message($udp), qr{^<190>$time \Q$host\E weir: /one\z}, 'local7, info, the host, and "weir"';
like message($udp), qr{^<132>$time b: /one\z}, 'facility, severity, tag, nohostname';

$t->http_get('/?ipv6=1');
like message($ipv6), qr{^<190>$time weir: /\?ipv6=1\z}, 'over IPv6';
message($udp) for 1, 2;

$t->http_get('/refused');
like message($udp), qr{^<11>$time \Q$host\E errs: \d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[error\] .*refused.*"GET /refused HTTP/1\.1"[^\n]*\z},
    'the error log, with the severity of the line';

$t->connect('tcp')->recv_all;
like message($udp), qr{^<190>$time tcp: 1 sent\z}, 'stream';

is $t->http_get('/two?local=1')->status, 200, 'a server that is not there stops nothing';
message($udp) for 1, 2;
sleep 1.1;
my $local = IO::Socket::UNIX->new(Local => $t->dir . '/socket', Type => SOCK_DGRAM) or die $!;
chmod 0777, $t->dir . '/socket';
$t->http_get('/three?local=1');
like message($local), qr{^<190>$time weir: /three\?local=1\z}, 'and gets messages when it is';
message($udp) for 1, 2;
like slurp($t->dir . '/stderr'), qr/1 log lines lost, send\(\) to "syslog:unix:\S+" failed/, 'what was lost is said';

# One that does not read: 300 requests at once, each with a message of its own.
my $c = $t->http_connect('web');
is scalar(grep { $c->get("/$_?local=1")->status == 200 } 1 .. 300), 300, 'nor does a slow one';
is scalar($t->wait_lines('file.log', 304)), 304, 'the other logs have all lines';

$local->close;
unlink $t->dir . '/socket';
$local = IO::Socket::UNIX->new(Local => $t->dir . '/socket', Type => SOCK_DGRAM) or die $!;
chmod 0777, $t->dir . '/socket';
$t->http_get('/again?local=1');
like message($local), qr{again\?local=1\z}, 'one that was started again is found';

my ($worker) = $t->worker_pids;
my @before = Weir::Proc::descriptors($worker);
$t->signal('USR1');
wait_for(sub { $t->log =~ /reopening/ }, undef, 'the reopening');
$t->http_get('/last?local=1');
like message($local), qr{last\?local=1\z}, 'USR1 does not disturb it';
is_deeply [ Weir::Proc::descriptors($worker) ], \@before, 'and nothing is opened';
$t->stop;
is scalar($t->lines('file.log')), 306, 'file.log is whole';
