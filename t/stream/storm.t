# SPDX-License-Identifier: BSD-2-Clause
# A storm of clients that send, read, end, leave and reset as they like, over servers that do the same: each
# session has exactly one line in the log that says how it ended, and what the storm took is given back.
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

my $t = Weir->new(plan => 9, conf => <<'CONF');
worker_processes 2;
worker_shutdown_timeout 5s;
stream {
    log_format end '$remote_port $server_port $status $termination_state $bytes_sent';
    access_log end.log end;
    proxy_connect_timeout 200ms;
    proxy_timeout 300ms;
    upstream some { server 127.0.0.1:%%PORT:refused%% max_fails=0; server 127.0.0.1:%%PORT:echoes%% max_fails=0; }
    upstream none { server 127.0.0.1:%%PORT:refused%% down; }
    server { listen 127.0.0.1:%%PORT:echo%%; proxy_pass 127.0.0.1:%%PORT:echoes%%; }
    server { listen 127.0.0.1:%%PORT:next%%; proxy_pass some; }
    server { listen 127.0.0.1:%%PORT:source%%; proxy_pass 127.0.0.1:%%PORT:sources%%; }
    server { listen 127.0.0.1:%%PORT:half%%; proxy_half_close on; proxy_pass 127.0.0.1:%%PORT:sinks%%; }
    server { listen 127.0.0.1:%%PORT:silent%%; proxy_pass 127.0.0.1:%%PORT:silents%%; }
    server { listen 127.0.0.1:%%PORT:closing%%; proxy_pass 127.0.0.1:%%PORT:closes%%; }
    server { listen 127.0.0.1:%%PORT:resetting%%; proxy_pass 127.0.0.1:%%PORT:resets%%; }
    server { listen 127.0.0.1:%%PORT:none%%; proxy_pass none; }
    server { listen 127.0.0.1:%%PORT:refusing%%; proxy_pass 127.0.0.1:%%PORT:refused%%; }
    server { listen 127.0.0.1:%%PORT:late%%; proxy_pass 127.0.0.1:%%PORT:full%%; }
    server { listen 127.0.0.1:%%PORT:own%%; return "a text"; }
    server { listen 127.0.0.1:%%PORT:denied%%; deny all; return "never"; }
}
CONF
$t->echo_server('echoes');
$t->source_server('sources', bytes(300_000));
$t->sink_server('sinks');
$t->silent_server('silents');
$t->closing_server('closes');
$t->resetting_server('resets');
my $full = $t->full_server('full');
$t->start;

sub one_of { return $_[ rand @_ ] }

my @services = qw(echo echo echo next next source source half silent closing resetting none refusing late own denied);

sub steps {
    my @steps;
    push @steps, [ wait => rand 0.1 ] if rand() < 0.3;
    push @steps, ['deaf'] if rand() < 0.1;
    push @steps, [ one_of('send', 'send', 'trickle') => 'x' x one_of(0, 1, 10, 100) ] if rand() < 0.7;
    push @steps, [ send => 'y' x one_of(1000, 100_000, 400_000) ] if rand() < 0.3;
    push @steps, ['half'] if rand() < 0.3;
    my $leaves = rand() < 0.5 || grep { $_->[0] eq 'deaf' } @steps;
    return (@steps, $leaves ? ([ wait => rand 0.2 ], [ one_of(qw(close reset)) ]) : ['end']);
}

sub play {
    my ($with) = @_;
    my $storm = Weir::Storm->new(at_once => 60);
    for (1 .. $clients) {
        my $service = one_of(@services);
        $storm->add([ steps() ], service => $service, address => '127.0.0.1:' . $t->port($service));
    }
    $storm->run(each => $with);
    return @{ $storm->{clients} };
}

sub workers    { return sort { $a <=> $b } $t->worker_pids }
sub open_files { return join "\n", map { join ' ', descriptors($_) } workers() }

sub none {
    my ($what, @list) = @_;
    ok !@list, $what;
    diag "seed $seed: ", map { "\n  $_" } splice @list, 0, 10 if @list;
    return;
}

srand $seed;
my $open = open_files();
my @clients = play();
ok eval { wait_for(sub { open_files() eq $open }, 10) }, 'no descriptor is left'
    or diag $open, "\n\n", open_files();
my @between = map { memory_kb($_) } workers();
push @clients, play();
ok eval { wait_for(sub { open_files() eq $open }, 10) }, 'none is, later';
my @after = map { memory_kb($_) } workers();
for my $i (0 .. $#after) {
    cmp_ok $after[$i] - $between[$i], '<', $growth_kb, "memory does not grow (worker $i)";
}
push @clients, play(sub { $t->signal('HUP') if $_[0] == $clients / 2 });

# A client is known by its port, which may be another's later.
my %sessions;
push @{ $sessions{ $_->{port} } }, $_ for @clients;
my @lines = $t->wait_lines('end.log', scalar @clients);
my %lines;
push @{ $lines{ (split / /)[0] } }, $_ for @lines;

none('each session has a line, and no more than one',
    map { "port $_: @{[ map { qq($_->{service} $_->{end}) } @{ $sessions{$_} } ]}: @{ $lines{$_} // [] }" }
    grep { @{ $sessions{$_} } != @{ $lines{$_} // [] } } keys %sessions);
none('and all are of known ones', grep { !$sessions{ (split / /)[0] } } @lines);
my $state = qr/ok|client_closed|no_peer|connect_refused|connect_timeout|upstream_timeout|upstream_closed/;
none('each says how it ended', grep { !/^\d+ \d+ (?:200|403|502) $state \d+$/ } @lines);
none('nobody waited in vain', map { "$_->{service}: $_->{end}" } grep { $_->{end} =~ /lost|no connection/ } @clients);

my @different;
for my $client (grep { $_->{end} eq 'closed' && @{ $sessions{ $_->{port} } } == 1 } @clients) {
    my $line = $lines{ $client->{port} }[0] // next;
    my $got = length $client->{in};
    push @different, "$client->{service} got $got bytes: $line" if $line !~ / $got$/;
}
none('those that got the end got as much as the log says', @different);
