# SPDX-License-Identifier: BSD-2-Clause
# stub_status tells how many connections there are, what they are doing, and what there was.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 13);
worker_processes 2;
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /status { stub_status; }
        location /variables { return 200 "$connections_active $connections_reading $connections_writing $connections_waiting"; }
        location / { proxy_pass http://127.0.0.1:%%PORT:silent%%; }
    }
}
CONF
$t->silent_server('silent');
$t->start;

sub figures {
    my $body = $t->http_get('/status')->body;
    my @figures = $body =~ /^Active\ connections:\ (\d+)\ \n
        server\ accepts\ handled\ requests\n
        \ (\d+)\ (\d+)\ (\d+)\ \n
        Reading:\ (\d+)\ Writing:\ (\d+)\ Waiting:\ (\d+)\ \n\z/x or diag $body;
    my %figures;
    @figures{qw(active accepts handled requests reading writing waiting)} = @figures;
    return \%figures;
}

my $first = figures();
is $first->{active}, 1, 'one connection, that asks';
is $first->{writing}, 1, 'and is being answered';

my @waiting = map { my $c = $t->http_connect('web'); $c->get('/variables'); $c } 1 .. 3;
my @reading = map { my $c = $t->http_connect('web'); $c->send('GET / HT'); $c } 1 .. 4;
my @writing = map { my $c = $t->http_connect("web"); $c->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"); $c }
    1 .. 5;
ok wait_for(sub { my $f = figures(); $f->{writing} == 6 && $f->{reading} == 4 }),
    'those that are answered, and those whose head is awaited';
my $now = figures();
is $now->{waiting}, 3, 'idle ones';
is $now->{active}, 13, 'all of them';
is $now->{accepts}, $now->{handled}, 'none was turned away';
cmp_ok $now->{accepts}, '>=', 14, 'connections so far';
cmp_ok $now->{requests}, '>=', 14, 'requests so far';
is $waiting[0]->get('/variables')->body, '12 4 6 2', 'the same as variables';

$_->close for @waiting, @reading, @writing;
ok wait_for(sub { my $f = figures(); $f->{active} == 1 }), 'all are gone';
$now = figures();
is "$now->{reading} $now->{writing} $now->{waiting}", '0 1 0', 'nobody is forgotten';
is $t->http_get('/status', method => 'POST')->status, 405, 'only GET and HEAD';
is $t->http_get('/status')->header('Content-Type'), 'text/plain', 'as text';
