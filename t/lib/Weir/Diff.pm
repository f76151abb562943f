# SPDX-License-Identifier: BSD-2-Clause
package Weir::Diff;

# The differential test: nginx, then weir, with one configuration and the same clients and upstream
# servers; what differs is shown, unless the corpus says that it shall. t/README tells how a corpus is
# written.

use strict;
use warnings;
use File::Path qw(make_path);
use Time::HiRes ();
use Weir::Diff::Corpus;
use Weir::Diff::Message qw(parse_response);
use Weir::Diff::Play;
use Weir::Diff::Target;
use Weir::Diff::Transcript qw(raw_lines response_lines seen_lines);
use Weir::Port qw(reserve_port);
use Weir::Process qw(temporary_directory);
use Weir::Wait qw(scaled);

# Within that time an answer comes.
use constant PATIENCE => 3;

# Within that time the end of a connection comes that shall end.
use constant GRACE => 0.1;

# That long a corpus with the option "settle" waits behind each case for what comes late.
use constant SETTLING => 0.03;

# When the files of a corpus were changed last: Sun, 09 Sep 2001 01:46:40 GMT.
use constant MTIME => 1_000_000_000;

sub new {
    my ($class, $path) = @_;
    my $self = bless { corpus => Weir::Diff::Corpus->new($path), ports => {} }, $class;
    $self->{dir} = temporary_directory();
    mkdir "$self->{dir}/logs";
    chmod 0777, "$self->{dir}/logs";
    $self->make_file($_) for @{ $self->{corpus}{files} };
    return $self;
}

# Leaves out the cases that are about bytes which come together.
sub leave_out_together {
    my ($self) = @_;
    my $corpus = $self->{corpus};
    $corpus->{cases} = [ grep { !$_->{is_together} } @{ $corpus->{cases} } ];
    return;
}

# From now on clients and upstream servers send one byte at a time.
sub slow_down {
    my ($self) = @_;
    $self->{is_slow} = 1;
    return;
}

sub make_file {
    my ($self, $file) = @_;
    my $path = "$self->{dir}/$file->{path}";

    make_path($file->{dir} ? $path : $path =~ s{/[^/]*$}{}r);
    return if $file->{dir};
    if (defined $file->{target}) {
        symlink $file->{target}, $path or die "$path: $!\n";
        return;
    }
    open my $handle, '>:raw', $path or die "$path: $!\n";
    print {$handle} $self->expand($file->{text});
    close $handle or die "$path: $!\n";
    chmod oct $file->{mode}, $path if defined $file->{mode};
    my $time = $file->{mtime} // MTIME;
    utime $time, $time, $path;
    return;
}

sub port {
    my ($self, $name) = @_;
    return $self->{ports}{$name} //= reserve_port();
}

sub expand {
    my ($self, $text) = @_;
    $text =~ s/%%DIR%%/$self->{dir}/g;
    $text =~ s/%%PORT:([\w.-]+)%%/$self->port($1)/ge;
    return $text;
}

# "front", "127.0.0.2:front", "unix:front.sock" as what Weir::Conn takes.
sub address {
    my ($self, $name) = @_;
    return "unix:$self->{dir}/$1" if $name =~ /^unix:(.+)/;
    return "$1:" . $self->port($2) if $name =~ /^(.*):([^:\]]+)$/;
    return '127.0.0.1:' . $self->port($name);
}

# ---- a run ----

# Plays all cases on one of the servers: { name of a case => its lines }, and what went wrong with
# the server itself.
sub play {
    my ($self, $program) = @_;
    my $corpus = $self->{corpus};
    my $world = Weir::Diff::Play->new(upstreams => $corpus->{upstreams}, is_slow => $self->{is_slow},
        address => sub { $self->address($_[0]) });
    my $target = eval {
        Weir::Diff::Target->start(program => $program, dir => $self->{dir},
            conf => $self->expand($corpus->configuration($program)), tick => $self->port('tick.'));
    };
    if (!$target) {
        my $why = $@;
        $world->close;
        return { failure => $why };
    }
    my $run = { world => $world, target => $target, lines => {}, wrong => {}, order => [] };
    $target->take_log_lines;
    $self->play_case($run, $_) for @{ $corpus->{cases} };
    $self->look_at_connections($run);
    $self->play_kept($run) if !$corpus->{options}{'fresh-only'};
    $self->end_connections($run);
    $run->{failure} = $target->stop;
    $world->close;
    return $run;
}

sub play_case {
    my ($self, $run, $case) = @_;
    my $state = { run => $run, case => $case, lines => [], count => 0, methods => [] };

    push @{ $run->{order} }, $case->{name};
    my $fine = eval {
        for my $step (@{ $case->{steps} }) {
            $self->can("step_$step->[0]")->($self, $state, $step->[1], $step->[2]);
        }
        1;
    };
    push @{ $run->{wrong}{ $case->{name} } }, $@ =~ s/\n\z//r if !$fine;
    $self->step_close($state) if !$fine && $state->{conn} && grep { $_->[0] eq 'close' } @{ $case->{steps} };
    $self->see_end($run, $state);
    $self->close_case($run, $state, $case->{name});
    push @{ $run->{held} }, [ $case, $state->{conn} ] if $state->{conn};
    return;
}

# Closes a connection that the server has closed, or will, as it said: nginx waits for what the client
# might still send, and logs only then.
sub see_end {
    my ($self, $run, $state) = @_;
    my $conn = $state->{conn} // return;

    $run->{world}->until(sub { $conn->{end} }, scaled(GRACE)) if $state->{is_last};
    return if !$conn->{end} && !$state->{is_last};
    push @{ $state->{lines} }, raw_lines('more bytes', $conn->{in}) if $conn->{in} ne '';
    push @{ $state->{lines} }, 'connection: closed';
    $run->{world}->drop(delete $state->{conn});
    return;
}

# Adds what upstreams and logs have to say.
sub close_case {
    my ($self, $run, $state, $name) = @_;
    my $world = $run->{world};

    $world->turn(0);
    $world->until(sub { 0 }, SETTLING) if $self->{corpus}{options}{settle};
    # What ended in the turn of the first answer is in the log when the second one comes.
    $run->{target}->tick for 1 .. 2;
    $world->turn(0);
    my @seen = map { [ seen_lines($_, $self->{corpus}{options}{connections}) ] }
        sort { $a->{upstream} cmp $b->{upstream} } $world->take_seen;
    my @log = map { my ($file, $line) = @$_;
        "log $file: " . Weir::Diff::Transcript::visible($line) } $run->{target}->take_log_lines;
    push @{ $run->{lines}{$name} }, $self->normalised(@{ $state->{lines} }, (map { @$_ } @seen), @log);
    return;
}

sub normalised {
    my ($self, @lines) = @_;
    for my $line (@lines) {
        $line =~ s/\Q$self->{dir}\E/%%DIR%%/g;
        for my $name (keys %{ $self->{ports} }) {
            $line =~ s/\b$self->{ports}{$name}\b/%%PORT:$name%%/g;
        }
        for my $rule (@{ $self->{corpus}{normalise} }) {
            $line =~ s/$rule->[0]/$rule->[1]/g;
        }
    }
    return @lines;
}

# After the last case: which connections are still open, and have they something else to say?
sub look_at_connections {
    my ($self, $run) = @_;
    my $world = $run->{world};
    my @held = @{ $run->{held} // [] };

    $world->until(sub { !grep { !$_->[1]{end} } @held }, scaled(GRACE));
    for my $held (@held) {
        my ($case, $conn) = @$held;
        my @lines;
        push @lines, raw_lines('more bytes', $conn->{in}) if $conn->{in} ne '';
        push @lines, 'connection: ' . ($conn->{end} ? 'closed' : 'open');
        push @{ $run->{lines}{ $case->{name} } }, $self->normalised(@lines);
        $run->{is_open}{ $case->{name} } = !$conn->{end} && $conn->{in} eq '';
        $world->drop($conn);
    }
    return;
}

# The cases of one request once more, one after the other over a connection that is kept.
sub play_kept {
    my ($self, $run) = @_;
    my %conn;

    for my $case (grep { is_simple($_) } @{ $self->{corpus}{cases} }) {
        my ($to) = map { $_->[1] } grep { $_->[0] eq 'connect' } @{ $case->{steps} };
        my @steps = grep { $_->[0] ne 'connect' } @{ $case->{steps} };
        my $name = "$case->{name} (kept)";
        my $place = $to // '';
        my $state = { run => $run, case => $case, lines => [], count => 0, methods => [] };
        $state->{conn} = delete $conn{$place};
        $state->{conn} = undef if $state->{conn} && ($state->{conn}{end} || $state->{conn}{in} ne '');
        unshift @steps, [ connect => $to ] if !$state->{conn} && defined $to;
        push @{ $run->{order} }, $name;
        my $fine = eval {
            $self->can("step_$_->[0]")->($self, $state, $_->[1], $_->[2]) for @steps;
            1;
        };
        push @{ $run->{wrong}{$name} }, $@ =~ s/\n\z//r if !$fine;
        $self->see_end($run, $state);
        @{ $state->{lines} } = grep { $_ ne 'connection: closed' } @{ $state->{lines} };
        $self->close_case($run, $state, $name);
        $conn{$place} = $state->{conn} if $state->{conn} && $run->{is_open}{ $case->{name} } && $fine;
    }
    return;
}

sub is_simple {
    my ($case) = @_;
    my @kinds = map { $_->[0] } @{ $case->{steps} };
    return !$case->{is_fresh} && "@kinds" =~ /^(?:connect )?send answer$/;
}

# What the logs say when the clients go.
sub end_connections {
    my ($self, $run) = @_;
    my $state = { lines => [] };
    $run->{world}->drop($_) for grep { !$_->{upstream} } values %{ $run->{world}{conns} };
    $run->{target}->tick;
    push @{ $run->{order} }, 'at the end';
    $self->close_case($run, $state, 'at the end');
    return;
}

# ---- the steps of a case ----

sub front {
    my ($self) = @_;
    my ($first) = @{ $self->{corpus}{servers} };
    return $first ? $first->[0] : 'front';
}

sub step_from {
    my ($self, $state, $address) = @_;
    $state->{from} = $address;
    return;
}

sub step_connect {
    my ($self, $state, $to) = @_;
    $state->{conn} = $state->{run}{world}->connect($self->address($to), $state->{from});
    return;
}

# The connection of a case; to the first server, where the case has not said another.
sub conn {
    my ($self, $state) = @_;
    $self->step_connect($state, $self->front) if !$state->{conn};
    return $state->{conn};
}

sub step_send {
    my ($self, $state, $bytes) = @_;
    my $conn = $self->conn($state);
    $bytes = $self->expand($bytes);
    push @{ $state->{methods} }, $1 while $bytes =~ m{([A-Z]+|^[a-z]+) [^\r\n]* HTTP/\d}mg;
    for my $piece ($self->{is_slow} ? split //, $bytes : $bytes) {
        $state->{run}{world}->send($conn, $piece);
        $state->{run}{world}->turn(0) if $self->{is_slow};
    }
    return;
}

# Takes one response, its interim ones before it.
sub step_answer {
    my ($self, $state, $status, $text) = @_;
    my $conn = $self->conn($state);
    my $label = 'response' . (++$state->{count} > 1 ? " $state->{count}" : '');
    my $method = $status =~ /^1/ ? 'GET' : shift @{ $state->{methods} } // 'GET';
    my $response;

    $state->{run}{world}->until(sub {
        $response //= parse_response($conn->{in}, $method) or return $conn->{end};
        substr $conn->{in}, 0, delete $response->{head_length}, '' if $response->{head_length};
        return 1 if $response->take_body(\$conn->{in});
        $response->{is_whole} = $response->{framing} eq 'close' && ($conn->{end} // '') eq 'closed';
        return $conn->{end};
    }, scaled(PATIENCE));
    if (!$response) {
        push @{ $state->{lines} }, response_lines($label, { raw => $conn->{in} });
        $conn->{in} = '';
        die "no response came, where $status was expected\n";
    }
    $state->{count}-- if $status =~ /^1/;
    my @lines = response_lines($label, $response);
    push @{ $state->{lines} }, @lines;
    $state->{is_last} = grep { /^close$/i } $response->values_of('Connection');
    die "$lines[0], where $status was expected\n" if ($response->{status} // 0) ne $status;
    $text = $self->expand($text) if defined $text;
    die "\"$text\" is not in the response\n" if defined $text && !grep { index($_, $text) >= 0 } @lines;
    return;
}

# Waits for a text in bytes that need not be HTTP.
sub step_raw {
    my ($self, $state, $text) = @_;
    my $conn = $self->conn($state);
    my $at;
    $text = $self->expand($text);
    $state->{run}{world}->until(sub {
        $at = index $conn->{in}, $text;
        return $at >= 0 || $conn->{end};
    }, scaled(PATIENCE));
    my $bytes = substr $conn->{in}, 0, $at < 0 ? length $conn->{in} : $at + length $text, '';
    push @{ $state->{lines} }, raw_lines('raw', $bytes);
    die "\"$text\" did not come\n" if $at < 0;
    return;
}

sub step_closed {
    my ($self, $state) = @_;
    my $conn = $self->conn($state);
    my $is_closed = $state->{run}{world}->until(sub { $conn->{end} }, scaled(PATIENCE));
    push @{ $state->{lines} }, raw_lines('raw', $conn->{in}) if $conn->{in} ne '';
    $conn->{in} = '';
    die "the connection was not closed\n" if !$is_closed;
    return;
}

# So many seconds; "gone": until no upstream server is busy with anybody.
sub step_wait {
    my ($self, $state, $seconds) = @_;
    my $world = $state->{run}{world};

    if ($seconds eq 'gone') {
        my $is_busy = sub { grep { @{ $_->{actions} // [] } } values %{ $world->{conns} } };
        $world->until(sub { !$is_busy->() }, scaled(PATIENCE)) or die "an upstream server is still busy\n";
        return;
    }
    $world->until(sub { 0 }, $seconds);
    return;
}

sub step_close {
    my ($self, $state) = @_;
    $state->{run}{world}->drop(delete $state->{conn});
    return;
}

sub step_reset {
    my ($self, $state) = @_;
    $state->{run}{world}->drop(delete $state->{conn}, 1);
    return;
}

# The client has no more to say, but listens.
sub step_end {
    my ($self, $state) = @_;
    my $conn = $self->conn($state);
    $conn->{half_close} = 1;
    $state->{run}{world}->write_out($conn);
    return;
}

1;
