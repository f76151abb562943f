# SPDX-License-Identifier: BSD-2-Clause
# What a server sends wrong never reaches a client as a well-formed answer, and nothing that it sends
# reaches another client than the one that asked. Clean requests behind it are answered for what they
# are.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Recorder;
use Weir::Smuggling qw(read_cases describe);
use Weir::Wire qw(shown);

my @cases = map { read_cases($_) } glob "$FindBin::Bin/smuggling/answers*.cases";
my @ways = map { my $port = $_; map { [ $port, $_ ] } undef, 1 } qw(buffered unbuffered);

# Where it is not the server's answer that the client gets.
my $more = <<'CONF';
location = /own { return 200 "own\n"; }
location /inside/ {
    internal;
    return 200 "inside\n";
}
location /caught {
    proxy_intercept_errors on;
    error_page 404 /own;
    proxy_pass http://back;
}
location = /auth { proxy_pass http://back; }
location /guarded {
    auth_request /auth;
    proxy_pass http://back/clean/guarded;
}
location /old {
    proxy_http_version 1.0;
    proxy_set_header Connection keep-alive;
    proxy_pass http://back;
}
location /head {
    proxy_method HEAD;
    proxy_pass http://back;
}
location /packed {
    gzip on;
    gzip_min_length 0;
    gzip_types *;
    proxy_pass http://back;
}
location / { proxy_pass http://back; }
location /trailers { proxy_pass_trailers on; proxy_pass http://back; }
location /upgrade {
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection "upgrade";
    proxy_pass http://back;
}
CONF

my $t = Weir->new(files => { 'more.conf' => $more }, conf => <<'CONF', plan => 1 + @ways * @cases);
worker_processes 1;
http {
    upstream back { server 127.0.0.1:%%PORT:back%% max_fails=0; keepalive 4; }
    proxy_set_header Host $host;
    proxy_request_buffering off;
    server {
        listen 127.0.0.1:%%PORT:buffered%%;
        include more.conf;
    }
    server {
        listen 127.0.0.1:%%PORT:unbuffered%%;
        proxy_buffering off;
        include more.conf;
    }
}
CONF

# The answer of the case; clean requests are told what they are.
my (@pieces, $case_connection);

sub answer_of_case {
    my ($connection) = @_;
    $case_connection = $connection;
    return @pieces;
}

my $back = Weir::Recorder->new(
    address => $t->address('back'),
    answer => sub {
        my ($request, $connection) = @_;
        return answer_of_case($connection) if $request->{target} !~ m{^/clean/};
        my $text = "GET $request->{target}\n";
        return "HTTP/1.1 200 OK\r\nContent-Length: " . length($text) . "\r\n\r\n$text";
    },
);
$t->start;

# The answer as the table would have it.
sub received {
    my ($answer) = @_;
    my @fields = map { "$_->[0]: $_->[1]" }
        grep { $_->[0] !~ /^(?:content-length|transfer-encoding|server|date|connection)$/i }
        @{ $answer->{fields} };
    my @trailers = map { "trailer $_->[0]: $_->[1]" } @{ $answer->{trailers} };
    return describe($answer->{first}, [ @fields, @trailers ], $answer->{body});
}

# What has come of an answer, and is none: the status of its head where that is whole.
sub check_cut {
    my ($client, $outcome) = @_;
    my ($status) = $client->{in} =~ m{\AHTTP/1\.1 (\d+) .*?\r\n\r\n}s;

    die "no cut answer, but " . shown($client->{in}) . "\n" if !$client->{eof} || !defined $status;
    die "the status of the cut answer is $status\n" if $outcome->{status} !~ /^(?:$status)?$/;
    return 0;
}

# True if the client's connection lives on; dies if the outcome is not the one that is allowed.
sub check_answer {
    my ($client, $answer, $outcome) = @_;
    my $kind = $outcome->{kind};

    if (!$answer) {
        return check_cut($client, $outcome) if $kind eq 'cut';
        die "an end, and not $kind: " . shown($client->{in}) . "\n"
            if $kind ne 'gone' || length $client->{in};
        return 0;
    }
    die "an answer that looks whole, not $kind: " . received($answer) . "\n"
        if $kind ne 'own' && $kind ne 'forwarded';
    if ($kind eq 'own') {
        die "the answer is $answer->{status}, not $outcome->{status}\n"
            if $answer->{status} ne $outcome->{status};
    } else {
        my $wanted = describe(@$outcome{qw(first fields body)});
        die "the answer is\n" . received($answer) . "\nand not\n$wanted\n"
            if received($answer) ne $wanted;
    }
    return !$answer->{closes};
}

# What the client asks for, and how.
sub request_of {
    my ($case) = @_;
    my $text = join('', @{ $case->{request} }) || "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
    my ($method) = $text =~ /^(\S+)/;
    return ($text, $method);
}

# The server's end of the connection must not serve on, and what is left in it reaches nobody.
sub must_be_given_up {
    my ($connection) = @_;
    $back->wait_until(undef, sub { $connection->{eof} })
        or die "the connection to the server stays open\n";
    return;
}

sub play {
    my ($case, $port, $size) = @_;
    my ($text, $method) = request_of($case);
    my $client = $back->client($t->address($port));

    @pieces = @{ $case->{sent} };
    undef $case_connection;
    $size = undef if $case->{words}{whole};
    $back->{size} = $size && length(join '', grep { !ref } @pieces) > 2000 ? 97 : $size;
    $back->{early} = $case->{words}{early} && sub {
        my ($connection) = @_;
        return $connection->{in} =~ m{^\w+ /(?!clean/).*?\r\n\r\n}s ? answer_of_case($connection) : ();
    };
    $back->put($client, $text);
    my $answer = $back->response($client, $method);
    my ($outcome, $is_kept);
    for my $allowed (map { $_->[0] } @{ $case->{outcomes} }) {
        $is_kept = eval { check_answer($client, $answer, $allowed) };
        ($outcome = $allowed), last if defined $is_kept;
    }
    die $@ if !$outcome;
    $back->release;
    must_be_given_up($case_connection)
        if $case->{words}{spoilt} || $outcome->{kind} ne 'forwarded';
    $back->{size} = $back->{early} = undef;
    $back->put($client, $case->{rest});
    if ($is_kept) {
        $back->ask_cleanly($client, '');
    } else {
        $back->wait_until($client, sub { $client->{eof} }) or die "the client's connection stays\n";
        die 'behind the answer came ' . shown($client->{in}) . "\n" if $answer && length $client->{in};
    }
    close $client->{socket};
    $client = $back->client($t->address($port));
    $back->ask_cleanly($client, "Connection: close\r\n");
    close $client->{socket};
    $back->forget(grep { $_->{eof} } @{ $back->{connections} });
    return;
}

ok @cases >= 100, scalar(@cases) . ' cases';
for my $way (@ways) {
    my ($port, $size) = @$way;
    for my $case (@cases) {
        eval { play($case, $port, $size); 1 };
        is $@, '', "$port, " . ($size ? 'byte by byte' : 'whole') . ": $case->{name}"
            or do {
                diag($case->{where});
                $back->{size} = $back->{early} = undef;
                $back->forget(@{ $back->{connections} });
            };
    }
}
