# SPDX-License-Identifier: BSD-2-Clause
# A storm of clients that do whatever clients do (good heads and bad ones, half of them, pipelined, byte by
# byte, leaving in each state, never reading, upgrades) over servers that do whatever servers do: each request
# has exactly one line in the log that says how it ended, and what the storm took is given back.
# WEIR_STORM=SEED[:CLIENTS] plays another one.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(descriptors memory_kb);
use Weir::Storm;

my ($seed, $clients) = split /:/, $ENV{WEIR_STORM} // '1';
$clients //= 400;

# What a worker may take more in the second half than in the first; the sanitizers keep what was freed.
my $growth_kb = slurp(Weir::binary()) =~ /libasan/ ? 300_000 : 3000;

my $t = Weir->new(plan => 14, conf => <<'CONF');
worker_processes 2;
worker_shutdown_timeout 5s;
http {
    log_format end '$connection $status $termination_state "$request_completion" "$request"';
    access_log end.log end;
    access_log gathered.log end buffer=8k;
    client_header_timeout 500ms;
    client_body_timeout 300ms;
    send_timeout 300ms;
    keepalive_timeout 500ms;
    lingering_timeout 200ms;
    lingering_time 500ms;
    client_max_body_size 100k;
    proxy_connect_timeout 200ms;
    proxy_read_timeout 300ms;
    proxy_send_timeout 300ms;
    proxy_tunnel_timeout 300ms;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $http_connection;
    upstream back { server 127.0.0.1:%%PORT:back%% max_fails=0; keepalive 8; keepalive_timeout 300ms; }
    upstream some { server 127.0.0.1:%%PORT:refused%% max_fails=0; server 127.0.0.1:%%PORT:back%% max_fails=0; keepalive_timeout 300ms; }
    upstream none { server 127.0.0.1:%%PORT:refused%% down; }
    server {
        listen 127.0.0.1:%%PORT:web%% sndbuf=16k;
        location /p/ { proxy_pass http://back; }
        location /u/ { proxy_buffering off; proxy_request_buffering off; proxy_pass http://back; }
        location /s/ { proxy_buffers 4 4k; proxy_busy_buffers_size 8k; proxy_max_temp_file_size 64k; proxy_pass http://back; }
        location /gz/ { gzip on; gzip_types *; gzip_min_length 1; proxy_pass http://back; }
        location /rate/ { limit_rate 200k; proxy_pass http://back; }
        location /next/ { proxy_next_upstream error timeout invalid_header http_503; proxy_pass http://some; }
        location /none/ { proxy_pass http://none; }
        location /refused/ { proxy_pass http://127.0.0.1:%%PORT:refused%%; }
        location /late/ { proxy_pass http://127.0.0.1:%%PORT:full%%; }
        location /err/ { error_page 400 404 413 502 503 504 /sorry; proxy_intercept_errors on; proxy_pass http://back; }
        location = /sorry { internal; return 200 "sorry\n"; }
        location /named/ { error_page 404 502 503 504 = @named; proxy_intercept_errors on; proxy_pass http://back; }
        location @named { rewrite ^ /p/ok/ break; proxy_pass http://back; }
        location /auth/ { auth_request /check; proxy_pass http://back; }
        location = /check { internal; proxy_pass http://back/p/$http_x_check/; }
        location /mirror/ { mirror /copy; proxy_pass http://back; }
        location = /copy { internal; proxy_pass http://back/p/$http_x_check/; }
        location /rw/ { rewrite ^/rw/(.*) /p/$1 last; }
        location /if/ { if ($request_method = POST) { return 403; } proxy_pass http://back; }
        location /try/ { try_files /nothing @try; }
        location @try { proxy_pass http://back; }
        location /ret/ { return 200 "returned\n"; }
        location /red/ { return 302 /p/ok/; }
        location /quiet/ { return 444; }
        location /inner/ { internal; return 200 "inner\n"; }
        location /file/ { root %%DIR%%; try_files /large =404; }
        location /copied/ { root %%DIR%%; sendfile off; try_files /large =404; }
        location /packed/ { root %%DIR%%; gzip on; gzip_types *; try_files /large =404; }
        location /missing/ { root %%DIR%%; error_page 404 = @try; }
    }
    server {
        listen 127.0.0.1:%%PORT:status%%;
        access_log off;
        client_header_timeout 60s;
        location / { stub_status; }
    }
}
CONF

# ---- the servers ----

my $big = bytes(300_000);
my $ok  = "HTTP/1.1 200 OK\r\n";
my %answer = (
    ok      => "${ok}Content-Length: 4\r\n\r\nfine",
    head    => "${ok}Content-Length: 0\r\n\r\n",
    none    => "HTTP/1.1 204 No Content\r\n\r\n",
    old     => "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n",
    chunked => "${ok}Transfer-Encoding: chunked\r\n\r\n4\r\nfine\r\n1\r\n!\r\n0\r\nX: y\r\n\r\n",
    missing => "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
    busy    => "HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno",
    hints   => "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${ok}Content-Length: 1\r\n\r\nh",
    many    => "HTTP/1.1 102 Processing\r\n\r\n" x 50,
    big     => "${ok}Content-Length: 300000\r\n\r\n$big",
    inner   => "${ok}X-Accel-Redirect: /inner/x\r\nContent-Length: 4\r\n\r\nlost",
    denied  => "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
);
# After these the server ends the connection.
my %last = (
    close   => "${ok}\r\nup to the end",
    bigend  => "${ok}\r\n$big",
    nothing => '',
    bad     => "this is no HTTP\r\n\r\n",
    cut     => "${ok}Content-Length: 100\r\n\r\ncut",
    cuthead => "${ok}Content-Le",
    cutpart => "${ok}Transfer-Encoding: chunked\r\n\r\n9\r\ncut",
    badpart => "${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
    both    => "${ok}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    large   => "${ok}X: " . 'x' x 20_000 . "\r\nContent-Length: 0\r\n\r\n",
    long    => "${ok}Content-Length: 3\r\n\r\nlonger than that",
    unasked => "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
);

sub serve {
    my ($conn) = @_;
    while (!$conn->is_at_end) {
        my $head = $conn->recv_until(qr/\r\n\r\n/);
        my ($fault) = $head =~ m{^[A-Z]+ /[^/]*/([a-z]+)};
        $fault //= 'ok';
        if ($fault eq 'early') {
            $conn->send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno", maybe => 1);
            return;
        }
        my $expects = $head =~ /^Content-Length: (\d+)\r$/mi ? $1 : 0;
        $conn->recv_bytes($expects) if $expects;
        $conn->recv_until(qr/(?:^|\n)0\r\n\r\n/) if $head =~ /^Transfer-Encoding: chunked\r$/mi;
        if ($fault eq 'tunnel' && $head =~ /^Upgrade: /mi) {
            $conn->send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", maybe => 1);
            until ($conn->is_at_end) { $conn->send($conn->take, maybe => 1) or return }
            return;
        }
        return $conn->reset if $fault eq 'reset';
        if ($fault eq 'hang') {
            $conn->recv_all;
            return;
        }
        if ($fault eq 'slow') {
            $conn->send("${ok}Content-Length: 5\r\n\r\n", maybe => 1) or return;
            for my $byte (split //, 'slow!') {
                select undef, undef, undef, 0.03;
                $conn->send($byte, maybe => 1) or return;
            }
            next;
        }
        my $text = $answer{$fault} // $last{$fault} // $answer{ok};
        $text =~ s/\r\n\r\n\K.*//s if $head =~ /^HEAD / && $fault ne 'hints';
        $conn->send($text, maybe => 1) or return;
        return if exists $last{$fault} || $head =~ /^Connection: close\r$/mi;
    }
    return;
}
$t->tcp_server('back', \&serve);
my $full = $t->full_server('full');
$t->write('large', 'a large file' x 25_000);
$t->start;

# ---- the clients ----

my @places = qw(p p p p u u s gz rate next err named auth mirror rw if try);
my @faults = (qw(ok ok ok ok early hang reset slow tunnel), keys %answer, keys %last);
my $number = 0;
my %requests;    # id => what is known of it

sub one_of { return $_[ rand @_ ] }

# A request, whole, and what is known of it.
sub make_request {
    my (%with) = @_;
    my $id = sprintf 'i%06d.', ++$number;
    my $place = $with{place} // one_of(@places, qw(none refused late ret red quiet file copied packed missing));
    my $fault = $with{fault} // one_of(sort @faults);
    my $method = $with{method} // one_of(qw(GET GET GET GET HEAD POST POST PUT));
    my $version = $with{version} // one_of(qw(1.1 1.1 1.1 1.1 1.0));
    my $check = one_of(qw(ok ok ok denied hang bad nothing missing));
    my $text = "$method /$place/$fault/$id HTTP/$version\r\nHost: storm\r\nX-Check: $check\r\n";
    $text .= $with{fields} // '';
    $text .= "Connection: close\r\n" if $with{is_last};
    $text .= "Accept-Encoding: gzip\r\n" if rand() < 0.3;
    $text .= 'Range: bytes=' . one_of('0-99', '-1000', '10-19,30-39,-1', '900000-', '5-1') . "\r\n" if rand() < 0.1;
    if ($method =~ /^P/) {
        my $body = 'b' x one_of(0, 1, 100, 5000, 50_000, 50_000);
        $body = 'b' x 150_000 if rand() < 0.05;
        if ($version eq '1.1' && rand() < 0.4) {
            $text .= "Transfer-Encoding: chunked\r\n\r\n";
            $text .= sprintf "%x\r\n%s\r\n", length, $_ for unpack '(a7000)*', $body;
            $text .= "0\r\n\r\n";
        } else {
            $text .= 'Content-Length: ' . length($body) . "\r\n\r\n$body";
        }
    } else {
        $text .= "\r\n";
    }
    $requests{$id} = { id => $id, text => $text, place => $place, fault => $fault };
    return ($id, $text);
}

my %kind_of = (
    # One after the other on a connection.
    polite => sub {
        my @made = map { [ make_request() ] } 1 .. 1 + rand 4;
        return ([ map { $_->[0] } @made ],
            map { ([ send => $made[$_][1] ], [ answers => $_ + 1 ]) } 0 .. $#made);
    },
    pipelined => sub {
        my @made = map { [ make_request(place => one_of(@places, qw(ret file copied packed)), version => '1.1') ] }
            1 .. 2 + rand 5;
        return ([ map { $_->[0] } @made ], [ send => join '', map { $_->[1] } @made ],
            rand() < 0.7 ? [ answers => scalar @made ] : ([ answers => 1 ], [ one_of('close', 'reset') ]));
    },
    trickling => sub {
        my ($id, $text) = make_request(method => one_of('GET', 'HEAD'), is_last => 1);
        return ([$id], [ trickle => $text ], ['end']);
    },
    # Leaves or stops within the request, or while it is answered.
    leaving => sub {
        my ($id, $text) = make_request();
        my $least = index($text, $id) + length $id;
        my $cut = rand() < 0.5 ? length $text : $least + int rand(length($text) - $least);
        my @wait = rand() < 0.5 ? [ wait => rand 0.2 ] : ();
        return ([$id], [ send => substr $text, 0, $cut ], @wait, [ one_of(qw(close close reset)) ]);
    },
    stopping => sub {
        my ($id, $text) = make_request();
        my $least = index($text, $id) + length $id;
        my $cut = $least + int rand(length($text) - $least);
        return ([$id], [ send => substr $text, 0, $cut ], one_of([ wait => 0 ], ['half']), ['end']);
    },
    half_closing => sub {
        my ($id, $text) = make_request();
        return ([$id], [ send => $text ], ['half'], ['end']);
    },
    deaf => sub {
        my ($id, $text) = make_request(place => one_of(qw(p u s rate gz file copied packed)),
            fault => one_of(qw(big bigend)), method => 'GET');
        return ([$id], [ send => $text ], ['deaf'], [ wait => 0.1 + rand 0.8 ], [ one_of('close', 'reset') ]);
    },
    malformed => sub {
        my $field = one_of("Host: two\r\n", "Bad field\r\n", "X: a\x00b\r\n", "X : y\r\n", " folded\r\n",
            "X: a\rb\r\n", "Content-Length: 1\r\nContent-Length: 2\r\n", "Content-Length: x\r\n",
            "Transfer-Encoding: gzip\r\n",
            "X: " . 'x' x 40_000 . "\r\n", join('', map { "X-$_: y\r\n" } 1 .. 1200));
        my ($id, $text) = make_request(fields => $field, method => 'GET', version => '1.1');
        return ([$id], [ send => $text ], ['end']);
    },
    bad_chunks => sub {
        my ($id) = make_request(method => 'GET');
        my $text = "POST /" . one_of('p/ok', 'u/ok', 'u/early', 'ret/ok')
            . "/$id HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        return ([$id], [ send => $text . "3\r\nabc\r\n" ], [ wait => rand 0.05 ], [ send => "zz\r\nabc" ], ['end']);
    },
    expecting => sub {
        my ($id) = make_request(method => 'GET');
        my $text = "PUT /" . one_of('p', 'u') . '/' . one_of('ok', 'early', 'big', 'nothing')
            . "/$id HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
        return ([$id], [ send => $text ], [ wait => rand 0.1 ],
            rand() < 0.7 ? ([ send => 'hello' ], [ answers => 1 ]) : ['close']);
    },
    upgrading => sub {
        my ($id, $text) = make_request(place => one_of(qw(p u next)),
            fault => one_of(qw(tunnel tunnel tunnel ok unasked)), method => 'GET',
            version => '1.1', fields => "Upgrade: x\r\nConnection: upgrade\r\n");
        return ([$id], [ send => $text ], [ wait => rand 0.1 ], [ send => 'some bytes' x rand 2000 ],
            one_of([ 'wait', rand 0.2 ], ['half'], ['end']), ['close']);
    },
    garbage => sub {
        return ([], [ send => one_of("\x16\x03\x01\x02\x00\x01", "hello\r\n\r\n", "\x00\x00\r\n\r\n") ], ['end']);
    },
    silent => sub { return ([], one_of([ wait => rand 0.2 ], ['end']), [ one_of('close', 'reset') ]) },
);

sub play {
    my ($with) = @_;
    my $storm = Weir::Storm->new(address => '127.0.0.1:' . $t->port('web'), at_once => 60);
    my @kinds = (sort(keys %kind_of), qw(polite polite polite leaving leaving pipelined));
    for (1 .. $clients) {
        my $kind = one_of(@kinds);
        my ($ids, @steps) = $kind_of{$kind}->();
        $storm->add(\@steps, kind => $kind, ids => $ids);
    }
    $storm->run(each => $with);
    return @{ $storm->{clients} };
}

# ---- what is left ----

sub figures {
    my $body = $t->http_get('/', port => 'status')->body;
    my %figures;
    @figures{qw(active accepts handled requests reading writing waiting)} = $body =~ /(\d+)/g;
    return \%figures;
}

sub workers { return sort { $a <=> $b } $t->worker_pids }

# The memory of the workers once all clients are gone.
sub held {
    wait_for(sub { figures()->{active} == 1 }, 20, 'the end of all connections');
    return map { memory_kb($_) } workers();
}

# Their descriptors; idle connections to servers last a moment longer than clients.
sub open_files { return join "\n", map { join ' ', descriptors($_) } workers() }

srand $seed;
diag("the storm of seed $seed") if defined $ENV{WEIR_STORM};
held();
my $open = open_files();
my @clients = play();
my @between = held();
push @clients, play();
my @after = held();
my $calm = figures();

is $calm->{accepts}, $calm->{handled}, 'each connection was handled';
is "$calm->{active} $calm->{reading} $calm->{writing} $calm->{waiting}", '1 0 1 0', 'and none is left';
ok eval { wait_for(sub { open_files() eq $open }) }, 'neither is a descriptor'
    or diag $open, "\n\n", open_files();
for my $i (0 .. $#after) {
    cmp_ok $after[$i] - $between[$i], '<', $growth_kb, "memory does not grow (worker $i)";
}

# In a reload requests go on as well.
push @clients, play(sub { $t->signal('HUP') if $_[0] == $clients / 2 });
held();

# ---- the log ----

my %states = map { $_ => 1 } qw(ok client_closed client_timeout client_bad no_peer connect_refused connect_timeout
    upstream_timeout upstream_closed upstream_bad shutdown internal);
my (%lines, @wrong, @nameless);
sub read_log {
    %lines = @wrong = @nameless = ();
    for my $line ($t->lines('end.log')) {
        my ($status, $state, $request) = $line =~ /^\d+ (\d{3}) (\w+) "(?:OK|)" "(.*)"$/;
        push @wrong, $line if !defined $state || !$states{$state};
        if (($request // '') =~ /(i\d{6}\.)/) {
            push @{ $lines{$1} }, { status => $status, state => $state, line => $line };
        } elsif ($line !~ /"some bytes/) {    # they follow an upgrade that was refused
            push @nameless, $line;
        }
    }
    return;
}

# A request whose line must be there: of which something was answered, or the first one of a connection that
# the client did not reset, if its id was sent. (Of what trickles nobody knows what was read in time.)
sub is_due {
    my ($client, $place) = @_;
    my $answers = @{ $client->{statuses} } + (defined $client->{head_status} ? 1 : 0);
    return 1 if $place < $answers;
    return 0 if $place > 0 || $client->{end} =~ /reset|no connection/ || $client->{kind} eq 'trickling';
    my $text = $requests{ $client->{ids}[0] }{text};
    return $client->{sent} >= index($text, $client->{ids}[0]) + 8;
}

sub due_without_line {
    my @missing;
    for my $client (@clients) {
        my @ids = @{ $client->{ids} };
        push @missing, map { "$ids[$_] of a $client->{kind} client, that ended: $client->{end}" }
            grep { is_due($client, $_) && !$lines{ $ids[$_] } } 0 .. $#ids;
    }
    return @missing;
}

sub none {
    my ($what, @list) = @_;
    ok !@list, $what;
    diag "seed $seed: ", map { "\n  $_" } splice @list, 0, 10 if @list;
    return;
}

eval { wait_for(sub { read_log(); !due_without_line() }, 5); 1 };
none('each request that was sent has a line', due_without_line());
none('none has two', map { map { $_->{line} } @$_ } grep { @$_ > 1 } values %lines);
none('each says how it ended', @wrong);
none('nobody waited in vain',
    map { "$_->{kind} client: $_->{end}, @{$_->{ids}}" } grep { $_->{end} =~ /lost|no connection/ } @clients);

my @different;
for my $client (@clients) {
    my @got = (@{ $client->{statuses} }, $client->{head_status} // ());
    for my $i (grep { $client->{ids}[$_] && $lines{ $client->{ids}[$_] } } 0 .. $#got) {
        my $logged = $lines{ $client->{ids}[$i] }[0];
        push @different, "$client->{kind} client got $got[$i]: $logged->{line}" if $logged->{status} ne $got[$i];
        my $is_whole = $i < @{ $client->{statuses} } - ($client->{is_open_ended} // 0) && $got[$i] ne '101';
        push @different, "$client->{kind} client got all: $logged->{line}"
            if $is_whole && $logged->{state} =~ /^client_(?:closed|timeout)$/;
    }
}
none('the log says what clients got', @different);
none('lines without a request are those of clients that sent none',
    grep { !/^\d+ (?:400 client_bad|408 client_timeout) / } @nameless);
is scalar(grep { / 400 / } @nameless), scalar(grep { $_->{kind} eq 'garbage' } @clients), 'one each';
cmp_ok scalar(keys %lines), '>', $clients * 3 / 2, 'it was a storm';

$t->stop;
is join("\n", sort $t->lines('gathered.log')), join("\n", sort $t->lines('end.log')), 'no line is lost in a buffer';
