# SPDX-License-Identifier: BSD-2-Clause
package Weir::Load;

# Load from outside, and what went wrong with it: wrk and ab over HTTP, and TCP clients in numbers
# (tcp_hammer.c, built when first needed). Each start_*() returns an object that runs beside the
# test.

use strict;
use warnings;
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Spec;
use Weir::Process qw(spawn end_process reap run_command slurp temporary_directory);
use Weir::Wait qw(scaled wait_for);

use constant LIB => File::Spec->rel2abs(dirname(__FILE__) . '/..');

sub start {
    my ($class, $command, %more) = @_;
    my $dir = temporary_directory();
    my $self = bless { dir => $dir, command => "@$command", %more }, $class;

    $self->{pid} = spawn($command, stdout => "$dir/out", stderr => "$dir/err");
    return $self;
}

sub text { return slurp("$_[0]{dir}/out") . slurp("$_[0]{dir}/err") }

sub is_running { return !defined reap($_[0]{pid}) }

# Waits for its end; then the object has its figures.
sub wait {
    my ($self) = @_;

    wait_for(sub { !$self->is_running }, $self->{seconds} + 20, "the end of $self->{command}");
    my $status = end_process($self->{pid});
    my $figures = $self->{parse}->($self->text);
    die "$self->{command}: wait status $status\n" . $self->text if !defined $figures->{requests};
    @$self{ keys %$figures } = values %$figures;
    return $self;
}

# wrk; options: seconds (2), connections (10), threads (1), headers (list). Figures: requests,
# connect, read, write, timeout (socket errors of that kind), errors (their sum), non_2xx.
sub start_wrk {
    my ($url, %option) = @_;
    my $seconds = $option{seconds} // 2;
    my @headers = @{ $option{headers} // [] };
    my @command = ('wrk', '-d', "${seconds}s", '-t', $option{threads} // 1,
        '-c', $option{connections} // 10);

    while (my ($name, $value) = splice @headers, 0, 2) {
        push @command, '-H', "$name: $value";
    }
    return Weir::Load->start([ @command, $url ], seconds => $seconds, parse => \&parse_wrk);
}

sub wrk { return start_wrk(@_)->wait }

sub parse_wrk {
    my ($text) = @_;
    my %figures;

    ($figures{requests}) = $text =~ /^\s*(\d+) requests in /m;
    ($figures{rate}) = $text =~ m{^Requests/sec:\s*([\d.]+)}m;
    ($figures{non_2xx}) = $text =~ /^\s*Non-2xx or 3xx responses: (\d+)/m;
    $figures{non_2xx} //= 0;
    @figures{qw(connect read write timeout)} =
        $text =~ /^\s*Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/m;
    $_ //= 0 for @figures{qw(connect read write timeout)};
    $figures{errors} = $figures{connect} + $figures{read} + $figures{write} + $figures{timeout};
    return \%figures;
}

# ab; options: requests (1000), connections (10), keep_alive (1), headers (list), seconds (the
# limit). Figures: requests, errors (failed ones, of any kind), non_2xx, kept (requests on a kept
# connection).
sub start_ab {
    my ($url, %option) = @_;
    my @headers = @{ $option{headers} // [] };
    my @command = ('ab', '-q', '-n', $option{requests} // 1000, '-c', $option{connections} // 10);

    push @command, '-k' if $option{keep_alive} // 1;
    while (my ($name, $value) = splice @headers, 0, 2) {
        push @command, '-H', "$name: $value";
    }
    return Weir::Load->start([ @command, $url ],
        seconds => $option{seconds} // 20, parse => \&parse_ab);
}

sub ab { return start_ab(@_)->wait }

sub parse_ab {
    my ($text) = @_;
    my %figures;

    ($figures{requests}) = $text =~ /^Complete requests:\s*(\d+)/m;
    ($figures{errors}) = $text =~ /^Failed requests:\s*(\d+)/m;
    ($figures{rate}) = $text =~ /^Requests per second:\s*([\d.]+)/m;
    ($figures{kept}) = $text =~ /^Keep-Alive requests:\s*(\d+)/m;
    ($figures{non_2xx}) = $text =~ /^Non-2xx responses:\s*(\d+)/m;
    $_ //= 0 for @figures{qw(kept non_2xx)};
    return \%figures;
}

# The path of tcp_hammer in the build folder (WEIR_BUILD, else build), built if it is not there or
# old.
sub tcp_hammer {
    my $dir = ($ENV{WEIR_BUILD} // LIB . '/../../build') . '/t';
    my ($source, $path) = (LIB . '/tcp_hammer.c', "$dir/tcp_hammer");

    return $path if -e $path && (stat $path)[9] >= (stat $source)[9];
    make_path($dir);
    my @flags = qw(-std=c11 -D_GNU_SOURCE -O2 -pthread);
    my @command = ($ENV{CC} || 'cc', @flags, '-o', "$path.$$", $source);
    my ($status, undef, $error) = run_command(\@command, timeout => 60);
    die "cannot build tcp_hammer: $error" if $status != 0;
    rename "$path.$$", $path or die "$path: $!";    # two tests may build it at once
    return $path;
}

# The server for the clients below, quick enough not to be the brake. It ends with the test.
sub start_echo {
    my ($ip, $port) = @_;
    my $self = Weir::Load->start([ tcp_hammer(), 'echo', $ip, $port ]);

    wait_for(sub { $self->text =~ /^ready/ }, undef, 'the echo server');
    return $self;
}

# TCP clients that open a session, have messages echoed, close, and begin again, until stop().
# Options: clients (20), messages (3) of size (1000) bytes with pause_ms (0) between them.
sub start_hammer {
    my ($ip, $port, %option) = @_;
    return Weir::Load->start([ tcp_hammer(), 'clients', $ip, $port, $option{clients} // 20,
        $option{messages} // 3, $option{size} // 1000, $option{pause_ms} // 0 ]);
}

# Flows at the same time, each of so many bytes there and back. Ends by itself; wait_bulk() has the
# figures of stop().
sub start_bulk {
    my ($ip, $port, %option) = @_;
    return Weir::Load->start([ tcp_hammer(), 'bulk', $ip, $port,
        $option{flows} // 1, $option{bytes} ]);
}

sub wait_bulk {
    my ($self, $seconds) = @_;
    wait_for(sub { !$self->is_running }, $seconds // 30, "the end of $self->{command}");
    return $self->result;
}

# Fine sessions so far; how many are enough is a better measure of time than seconds.
sub sessions {
    my ($self) = @_;
    my @lines = split /\n/, slurp("$self->{dir}/err");
    return $lines[-1] // 0;
}

# Waits for so many more fine sessions.
sub wait_sessions {
    my ($self, $count) = @_;
    my $wanted = $self->sessions + $count;
    return wait_for(sub { $self->sessions >= $wanted }, 20, "$count more sessions");
}

# Ends a hammer. Figures: sessions (fine ones) and, under failed, what went wrong by kind: refused,
# unconnected, connect_timeout, reset, short, wrong, timeout, other (kinds that did not happen left
# out).
sub stop {
    my ($self) = @_;

    kill TERM => $self->{pid};
    wait_for(sub { !$self->is_running }, 15, "the end of $self->{command}");
    return $self->result;
}

sub result {
    my ($self) = @_;

    end_process($self->{pid});
    my %count = slurp("$self->{dir}/out") =~ /(\w+)=(\d+)/g;
    my $sessions = delete $count{sessions};
    delete @count{ grep { !$count{$_} } keys %count };
    return { sessions => $sessions, failed => \%count };
}

1;
