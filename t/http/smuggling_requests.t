# SPDX-License-Identifier: BSD-2-Clause
# No request hides in another: what could be read in two ways is refused, and the rest reaches the
# server in the one form that the table names. Clean requests behind it, on the same connection and
# on a new one, are answered for what they are.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Recorder;
use Weir::Smuggling qw(read_cases describe);
use Weir::Wire qw(is_request_start shown);

my @cases = map { read_cases($_) } glob "$FindBin::Bin/smuggling/requests*.cases";
my @ways = map { my $port = $_; map { [ $port, $_ ] } undef, 1 } qw(buffered unbuffered paged);

# What configurations make of a path with line ends in it.
my $made = <<'CONF';
location /set/ {
    proxy_set_header Host $host;
    proxy_set_header X $uri;
    proxy_pass http://back;
}
location /host/ {
    proxy_set_header Host $uri;
    proxy_pass http://back;
}
location /pass/ { proxy_pass http://back$uri; }
location /method/ {
    proxy_method $uri;
    proxy_pass http://back;
}
location /rewrite/ {
    rewrite (?s)^/rewrite/(.*)$ /$1 break;
    proxy_pass http://back;
}
location /body/ {
    proxy_set_body $uri;
    proxy_pass http://back;
}
location /return/ { return 302 http://a$uri; }
location / { proxy_pass http://back; }
location /own { return 200 "own\n"; }
location /mapped/ { proxy_pass http://back/to/; }
location /upgrade {
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection "upgrade";
    proxy_set_header Host $host;
    proxy_pass http://back;
}
location /redirect/ { rewrite ^ http://a$uri redirect; }
location /header/ {
    add_header X $uri;
    return 200 "own\n";
}
CONF

my $t = Weir->new(files => { 'made.conf' => $made }, conf => <<'CONF', plan => 1 + @ways * @cases);
worker_processes 1;
http {
    upstream back { server 127.0.0.1:%%PORT:back%%; keepalive 4; }
    proxy_set_header Host $host;
    server {
        listen 127.0.0.1:%%PORT:buffered%%;
        server_name own.test;
        include made.conf;
    }
    server {
        # A refusal stays one, and ends the connection, whatever it looks like.
        listen 127.0.0.1:%%PORT:paged%%;
        server_name own.test;
        error_page 400 405 413 414 494 500 505 =200 /own;
        include made.conf;
    }
    server {
        listen 127.0.0.1:%%PORT:unbuffered%%;
        server_name own.test;
        proxy_request_buffering off;
        include made.conf;
    }
}
CONF

# Each answer says which request it is for.
my $back = Weir::Recorder->new(address => $t->address('back'), answer => sub {
    my ($request) = @_;
    my $text = "$request->{method} $request->{target}\n";
    return "HTTP/1.1 200 OK\r\nContent-Length: " . length($text) . "\r\n\r\n"
        . ($request->{method} eq 'HEAD' ? '' : $text);
});
$t->start;

sub must_end {
    my ($client, $why) = @_;
    $back->wait_until($client, sub { $client->{eof} }) or die "the connection stays open after $why\n";
    die "after $why came " . shown($client->{in}) . "\n" if length $client->{in};
    return;
}

# Checks the answers against a list of outcomes. True if the connection lives on.
sub check_answers {
    my ($client, $answers, $outcomes, $is_paged) = @_;

    for my $i (0 .. $#$outcomes) {
        my ($answer, $outcome) = ($answers->[$i], $outcomes->[$i]);
        if ($outcome->{kind} eq 'gone') {
            die "an answer, $answer->{status}, where none was expected\n" if $answer;
            return 0;
        }
        die "no answer number $i\n" if !$answer;
        if ($outcome->{kind} eq 'own') {
            my $is_refused = $outcome->{status} >= 400;
            die "the answer is $answer->{status}, not $outcome->{status}\n"
                if $answer->{status} ne $outcome->{status}
                && !($is_refused && $is_paged && $answer->{status} eq '200');
            die "an answer with a field that came in a path\n"
                if grep { lc $_->[0] eq 'smuggled' } @{ $answer->{fields} };
            die 'the answer is ' . shown($answer->{body}) . "\n"
                if index($answer->{body}, $outcome->{text}) < 0;
            die "$outcome->{status} without an end\n" if $is_refused && !$answer->{closes};
        } else {
            my ($method, $target) = split / /, $outcome->{first};
            my $wanted = $method eq 'HEAD' ? '' : "$method $target\n";
            die "the answer is $answer->{status} " . shown($answer->{body}) . "\n"
                if $answer->{status} ne '200' || $answer->{body} ne $wanted;
        }
    }
    return !grep { $_->{closes} } @$answers;
}

# What the server has received, as the table would have it.
sub received {
    my ($request) = @_;
    my @fields = map { "$_->[0]: $_->[1]" }
        grep { $_->[0] !~ /^(?:content-length|transfer-encoding)$/i } @{ $request->{fields} };
    return describe($request->{first}, \@fields, $request->{body});
}

sub expected {
    my ($outcome) = @_;
    my @fields = @{ $outcome->{fields} };
    push @fields, 'Host: a' if !grep { /^(?:host:|no host$)/i } @fields;
    @fields = grep { $_ ne 'no Host' } @fields;
    my @own = grep { /^(?:host|connection|upgrade|te):/i } @fields;
    my @others = grep { !/^(?:host|connection|upgrade|te):/i } @fields;
    @own = ((grep { /^host:/i } @own), grep { !/^host:/i } @own);
    return describe($outcome->{first}, [ @others, @own ], $outcome->{body});
}

# Reads as many answers as the longest list of outcomes has, as long as they come.
sub read_answers {
    my ($client, $case) = @_;
    my ($longest) = sort { @$b <=> @$a } @{ $case->{outcomes} };
    my @answers;

    for my $outcome (@$longest) {
        my ($method) = split / /, $outcome->{first} // 'GET';
        push @answers, $back->response($client, $method) // last;
        last if $answers[-1]{closes};
    }
    return @answers;
}

# Checks what the server has got against outcomes; $may_be_cut: of a request the start may be there.
sub check_server {
    my ($outcomes, $may_be_cut, $clean) = @_;
    my @wanted = map { expected($_) } grep { $_->{kind} eq 'forwarded' } @$outcomes;
    my @got = map { received($_) } $back->take_requests;
    my @rests = $back->rests;

    die "the server got bytes that are no request: $_\n" for map { $_->{junk} // () } @rests;
    @wanted = (@wanted, map { describe($_, ['Host: a'], '') } @$clean);
    die "the server got\n" . join("\n", @got) . "\nand not\n" . join("\n", @wanted) . "\n"
        if "@got" ne "@wanted";
    die 'the server got a part of a request: ' . shown($rests[0]{in}) . "\n"
        if @rests && !($may_be_cut && @rests == 1 && is_request_start($rests[0]{in}));
    for my $rest (@rests) {
        $back->wait_until(undef, sub { $rest->{eof} }) or die "a part of a request, and no end\n";
        $back->take_requests and die "a part of a request became a whole one\n";
    }
    $back->forget(@rests, grep { $_->{eof} } @{ $back->{connections} });
    return;
}

# Plays a case; dies with what is wrong.
sub play {
    my ($case, $port, $size) = @_;
    my $text = join '', @{ $case->{request} };
    my $client = $back->client($t->address($port));
    my @clean;

    # What is longer than any head of the tables goes in larger pieces, for time's sake.
    $size = 97 if $size && length $text > 2000;
    $back->put($client, $text, $size);
    shutdown $client->{socket}, 1 if $case->{words}{end};
    my @answers = read_answers($client, $case);
    my ($outcomes, $is_kept);
    for my $allowed (@{ $case->{outcomes} }) {
        $is_kept = eval { check_answers($client, \@answers, $allowed, $port eq 'paged') };
        ($outcomes = $allowed), last if defined $is_kept;
    }
    die $@ if !$outcomes;
    if (!$is_kept) {
        must_end($client, 'the last answer');
    } elsif (!$case->{words}{last}) {
        push @clean, $back->ask_cleanly($client, '');
    }
    close $client->{socket};
    $client = $back->client($t->address($port));
    push @clean, $back->ask_cleanly($client, "Connection: close\r\n");
    must_end($client, 'Connection: close');
    close $client->{socket};
    check_server($outcomes, $case->{words}{begun} && $port eq 'unbuffered', \@clean);
    return;
}

ok @cases >= 150, scalar(@cases) . ' cases';
for my $way (@ways) {
    my ($port, $size) = @$way;
    for my $case (@cases) {
        eval { play($case, $port, $size); 1 };
        is $@, '', "$port, " . ($size ? 'byte by byte' : 'whole') . ": $case->{name}"
            or do {
                diag($case->{where});
                $back->take_requests;
                $back->forget(@{ $back->{connections} });
            };
    }
}
