# SPDX-License-Identifier: BSD-2-Clause
package Weir;

# The black-box tests' view of weir: a program that gets a configuration, signals and connections.
# The manual is at the end of this file.

use strict;
use warnings;
use Carp qw(croak);
use Errno;
use File::Basename qw(basename dirname);
use File::Spec;
use Test::More;
use Weir::Conn;
use Weir::HTTP;
use Weir::Port qw(reserve_port);
use Weir::Process qw(spawn end_process reap is_running run_command slurp temporary_directory);
use Weir::Server;
use Weir::Wait qw(now scaled wait_for);

use constant TOP => File::Spec->rel2abs(dirname(__FILE__) . '/../..');

my @instances;       # all that were started
my @started;         # those that run: their end is a test point of its own
my $stops = 0;       # such test points so far
my $plan;            # test points the test itself promised
my $is_used;

sub import {
    my ($class) = @_;
    strict->import;
    warnings->import;
    Test::More->export_to_level(1, $class);
    no strict 'refs';
    my $caller = caller;
    *{"${caller}::$_"} = \&{$_} for qw(wait_for scaled now bytes slurp);
    return;
}

sub binary {
    my $path = $ENV{WEIR_BINARY} || TOP . '/build/weir';
    return File::Spec->rel2abs($path);
}

sub is_nginx { return basename(binary()) =~ /^nginx/ }

sub in_namespace {
    my ($class, %option) = @_;
    require Weir::Namespace;
    return Weir::Namespace::enter(%option);
}

sub new {
    my ($class, %option) = @_;
    my $self = bless {
        dir => temporary_directory(),
        ports => {},
        allow_log => $option{allow_log},
        env => $option{env} // {},
        user => $option{user},
    }, $class;

    $is_used = 1;
    $plan += $option{plan} if defined $option{plan};
    mkdir "$self->{dir}/logs";
    if (defined $option{user}) {
        chown +(getpwnam $option{user})[2, 3], $self->{dir}, "$self->{dir}/logs";
    }
    $self->write($_, $option{files}{$_}) for sort keys %{ $option{files} // {} };
    $self->conf($option{conf}) if defined $option{conf};
    return $self;
}

sub dir { return $_[0]{dir} }

# The port of that name, reserved when first asked for.
sub port {
    my ($self, $name) = @_;
    return $self->{ports}{$name} //= reserve_port();
}

# Text with its placeholders filled in.
sub expand {
    my ($self, $text) = @_;
    $text =~ s/%%DIR%%/$self->{dir}/g;
    $text =~ s/%%PORT:([\w.-]+)%%/$self->port($1)/ge;
    $text =~ s/%%TOP%%/TOP/ge;
    croak "unknown placeholder $1" if $text =~ /(%%\w+(?::[^%]*)?%%)/;
    return $text;
}

# Writes a file under the test's directory; returns its path.
sub write {
    my ($self, $name, $text) = @_;
    my $path = "$self->{dir}/$name";
    (my $parent = $path) =~ s{/[^/]*$}{};

    require File::Path;
    File::Path::make_path($parent);
    open my $file, '>:raw', $path or croak "$path: $!";
    print {$file} $self->expand($text);
    close $file or croak "$path: $!";
    return $path;
}

sub read {
    my ($self, $name) = @_;
    return slurp("$self->{dir}/$name");
}

sub lines {
    my ($self, $name) = @_;
    return split /\n/, $self->read($name);
}

# Waits until the file has so many lines and returns them.
sub wait_lines {
    my ($self, $name, $count) = @_;
    wait_for(sub { ($self->read($name) =~ tr/\n//) >= $count }, undef, "$count lines in $name");
    return $self->lines($name);
}

# Puts a configuration in place. What it does not say of daemon, pid and error_log is said on the
# command line, so that its own lines keep their numbers; events {} goes to its end.
sub conf {
    my ($self, $text) = @_;
    my $main = main_level($text);

    ($self->{first_port}) = $text =~ /\blisten\s[^;]*?%%PORT:([\w.-]+)%%/;
    $text .= "events { }\n" if $text !~ /^\s*events\b/m;
    $self->write('weir.conf', $text);
    $self->{pid_file} = $main =~ /^\s*pid\s+(\S+?)\s*;/m
        ? File::Spec->rel2abs($self->expand($1), $self->{dir}) : "$self->{dir}/weir.pid";
    my @globals;
    push @globals, 'daemon off;' if $main !~ /^\s*daemon\s/m;
    push @globals, "pid $self->{pid_file};" if $main !~ /^\s*pid\s/m;
    push @globals, "error_log $self->{dir}/error.log " . ($ENV{WEIR_TEST_LOG} || 'info') . ';'
        if $main !~ /^\s*error_log\s/m;
    unshift @globals, 'load_module /usr/lib/nginx/modules/ngx_stream_module.so;'
        if is_nginx() && $text =~ /^\s*stream\s*\{/m;
    $self->{globals} = join ' ', @globals;
    return $self;
}

# The text outside all blocks, without strings and comments.
sub main_level {
    my ($text) = @_;
    $text =~ s/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/""/gs;
    $text =~ s/(?:^|(?<=[\s;{}]))#.*//gm;
    1 while $text =~ s/\{[^{}]*\}/;\n/;
    return $text =~ s/;/;\n/gr;
}

sub arguments {
    my ($self) = @_;
    return ('-p', "$self->{dir}/", '-c', 'weir.conf', '-e', 'error.log', '-g', $self->{globals});
}

# Runs the program to its end: (exit status, stdout, stderr). run() adds the arguments that name the
# test's directory and configuration, run_bare() does not.
sub run {
    my ($self, @arguments) = @_;
    return $self->run_bare(@arguments, $self->arguments);
}

sub run_bare {
    my ($self, @arguments) = @_;
    return run_command([ binary(), @arguments ], env => $self->{env}, user => $self->{user});
}

sub start {
    my ($self, @more) = @_;

    croak 'weir runs already' if $self->{pid};
    unlink $self->{pid_file};
    $self->{pid} = spawn([ binary(), $self->arguments, @more ], env => $self->{env},
        user => $self->{user}, stdout => "$self->{dir}/stdout", stderr => "$self->{dir}/stderr");
    $self->{status} = undef;
    my $is_up = eval {
        wait_for(sub { is_running($self->master_pid) || reap($self->{pid}) }, 10, 'the start');
        is_running($self->master_pid);
    };
    if (!$is_up) {
        my $status = end_process(delete $self->{pid});
        $self->show_log;
        die sprintf "weir does not start (wait status %d)\n", $status;
    }
    push @started, $self;
    push @instances, $self if !grep { $_ == $self } @instances;
    return $self;
}

# The pid in the pid file, 0 without one.
sub master_pid {
    my ($self) = @_;
    my ($pid) = slurp($self->{pid_file}) =~ /^(\d+)\n/;
    return $pid // 0;
}

sub command_line { return slurp("/proc/$_[0]/cmdline") =~ tr/\0/ /r }

# [pid, parent, process group] of all processes that are no zombies.
sub processes {
    my @stats = map { slurp($_) } glob '/proc/[0-9]*/stat';
    return map { /^(\d+) \(.*\) [^ZX] (\d+) (\d+)/s ? [ $1, $2, $3 ] : () } @stats;
}

sub children {
    my ($pid) = @_;
    return map { $_->[0] } grep { $_->[1] == $pid } processes();
}

sub group_members {
    my ($pid) = @_;
    return map { $_->[0] } grep { $_->[2] == $pid } processes();
}

# The workers of a master, the ones that still drain included.
sub worker_pids {
    my ($self, $master) = @_;
    return grep { command_line($_) =~ /worker process/ } children($master // $self->master_pid);
}

sub is_draining {
    my ($self, $pid) = @_;
    return !is_running($pid) || command_line($pid) =~ /shutting down/;
}

sub signal {
    my ($self, $name, $pid) = @_;
    kill $name => $pid // $self->master_pid or croak "cannot send SIG$name: $!";
    return $self;
}

# Makes weir read its configuration again, with a new text if one is given, and waits until new
# workers serve and the old ones have gone or drain.
# Without those that drain.
sub serving_pids {
    my ($self) = @_;
    return grep { !$self->is_draining($_) } $self->worker_pids;
}

sub reload {
    my ($self, $text) = @_;
    my %is_old = map { $_ => 1 } $self->worker_pids;

    $self->conf($text) if defined $text;
    my $log_length = length $self->log;
    $self->signal('HUP');
    wait_for(sub {
        die "reload failed\n" if substr($self->log, $log_length) =~ /\[emerg\]/;
        my @workers = $self->worker_pids;
        return (grep { !$is_old{$_} } @workers) && !grep { !$self->is_draining($_) } keys %is_old;
    }, 10, 'the new workers');
    return $self;
}

sub log { return $_[0]->read('error.log') }

sub wait_log {
    my ($self, $pattern) = @_;
    return wait_for(sub { $self->log =~ $pattern }, undef, "the log to say $pattern");
}

# What must not be in a log. Returns the lines.
sub complaints {
    my ($self) = @_;
    my @lines = split /\n/, $self->log . $self->read('stderr');
    my @bad = grep { /\[(?:alert|emerg|crit)\]|\bpanic: |Sanitizer|runtime error:/ } @lines;
    @bad = grep { $_ !~ $self->{allow_log} } @bad if $self->{allow_log};
    return @bad;
}

sub show_log {
    my ($self) = @_;
    my @lines = (split /\n/, $self->log . $self->read('stderr'));
    splice @lines, 0, @lines - 40, '...' if @lines > 40;
    diag('the end of the error log:', map { "\n  $_" } @lines);
    return;
}

# Ends weir (by QUIT unless told) and makes a test point of it: status 0, nothing left behind, and
# no complaints in the log.
sub stop {
    my ($self, $signal) = @_;
    my @wrong;

    croak 'weir does not run' if !$self->{pid};
    my $master = $self->master_pid;
    my $pid = delete $self->{pid};
    kill $signal // 'QUIT' => $master if $master;
    eval { wait_for(sub { !is_running($master) }, 10, 'its end'); 1 } or push @wrong, $@;
    my @left = grep { !$master || $_ != $master } group_members($pid);
    push @wrong, 'left behind: ' . join ', ', map { "$_ " . command_line($_) } @left if @left;
    my $status = end_process($pid);
    push @wrong, 'there was no pid file' if !$master;
    push @wrong, sprintf 'wait status %d', $status if $status && (!$master || $master == $pid);
    push @wrong, $self->complaints;
    @started = grep { $_ != $self } @started;
    $stops++;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok(!@wrong, 'weir ends in order') or diag(map { "  $_\n" } @wrong);
    return !@wrong;
}

# Whether the process weir was started as has ended; for tests that end it themselves.
sub wait_end {
    my ($self) = @_;
    my $pid = delete $self->{pid} or croak 'weir does not run';
    wait_for(sub { defined reap($pid) }, 10, 'the end of weir');
    @started = grep { $_ != $self } @started;
    return end_process($pid);
}

# "web", "127.0.0.2:web", "[::1]:8080", "unix:file" as what Weir::Conn takes; the first port that
# the configuration listens on when there is none.
sub address {
    my ($self, $text) = @_;

    $text //= $self->{first_port} // croak 'the configuration listens on no port';
    return "unix:" . File::Spec->rel2abs($1, $self->{dir}) if $text =~ /^unix:(.+)/;
    return '127.0.0.1:' . $self->port($text) if $text !~ /:/ && $text !~ /^\d+$/;
    return $1 . $self->port($2) if $text =~ /^(.*:)([^:\d\]][^:\]]*)$/;
    return $text;
}

sub connect {
    my ($self, $to, %option) = @_;
    return Weir::Conn->open($self->address($to), %option);
}

# An error name such as "ECONNREFUSED" when nobody answers there, else "".
sub connect_error {
    my ($self, $to, %option) = @_;
    my $conn = Weir::Conn->try_open($self->address($to), %option);
    return '' if $conn;
    my ($name) = grep { $!{$_} } sort keys %!;
    return $name;
}

sub http_connect {
    my ($self, $to, %option) = @_;
    return Weir::HTTP::Conn->open($self->address($to), %option);
}

# One request over a connection of its own; options as of Weir::HTTP::request_text(), and port.
sub http_get {
    my ($self, $uri, %option) = @_;
    my @headers = Weir::HTTP::header_list($option{headers});
    push @headers, Connection => 'close' if !grep { /^connection$/i } @headers;
    return $self->http_connect($option{port})->get($uri, %option, headers => \@headers);
}

# The same with the request's own text.
sub http {
    my ($self, $text, %option) = @_;
    return $self->http_connect($option{port})->request($text);
}

# Starts a server; options: port (its name or an address, else $name), backlog.
sub tcp_server {
    my ($self, $name, $handler, %option) = @_;
    (my $file = $name) =~ s/[^\w.-]/_/g;
    return Weir::Server->new(
        handler => $handler,
        address => $self->address($option{port} // $name),
        events => "$self->{dir}/server-$file.events",
        %option,
    )->start;
}

sub http_server {
    my ($self, $name, $answer, %option) = @_;
    $answer //= sub { [ 200, [], $name ] };
    return $self->tcp_server($name, Weir::Server::http($answer, %option), %option);
}

for my $kind (qw(echo greeting silent closing resetting sink source)) {
    no strict 'refs';
    *{"${kind}_server"} = sub {
        my ($self, $name, @arguments) = @_;
        return $self->tcp_server($name, Weir::Server->can($kind)->(@arguments));
    };
}

# An address where connecting takes for ever: it listens, but its queue is full. Keep what is
# returned for as long as that shall be so.
sub full_server {
    my ($self, $name) = @_;
    my $address = $self->address($name);
    my $packed = Weir::Conn::socket_address($address);
    my $family = Socket::sockaddr_family($packed);
    socket(my $listener, $family, Socket::SOCK_STREAM(), 0) or die "socket: $!";
    setsockopt $listener, Socket::SOL_SOCKET(), Socket::SO_REUSEADDR(), 1;
    bind $listener, $packed or die "bind: $!";
    listen $listener, 0 or die "listen: $!";
    my @held = ($listener);
    while (my $conn = Weir::Conn->try_open($address, timeout => 0.2 / scaled(1))) {
        push @held, $conn;
    }
    return \@held;
}

# $count bytes without a period that a proxy's buffers could share; the same for the same $seed.
sub bytes {
    my ($count, $seed) = @_;
    my $state = ($seed // 1) & 0x7fffffff;
    my $next = sub { $state = ($state * 1_103_515_245 + 12_345) & 0x7fffffff };
    my $piece = pack 'V*', map { $next->() } 1 .. 16_001;
    my $result = '';

    for (my $number = 0; length $result < $count; $number++) {
        $result .= pack('V', $number) . $piece;
    }
    return substr $result, 0, $count;
}

END {
    my $status = $?;
    if ($is_used && !$status && !Test::More->builder->has_plan) {
        $_->stop for @started;
        done_testing(defined $plan ? $plan + $stops : ());
    }
    if ($status || !Test::More->builder->is_passing) {
        $_->show_log for @instances;
    }
    $? = $status;
}

1;

__END__

=head1 NAME

Weir - the test library for black-box tests

=head1 SYNOPSIS

    use FindBin;
    use lib "$FindBin::Bin/../lib";
    use Weir;                       # strict, warnings, Test::More, wait_for, scaled, bytes, slurp

    my $t = Weir->new(conf => <<'CONF', plan => 2);
    stream {
        server { listen 127.0.0.1:%%PORT:front%%; proxy_pass 127.0.0.1:%%PORT:back%%; }
    }
    CONF
    my $back = $t->echo_server('back');
    $t->start;
    my $c = $t->connect('front');
    $c->send("hello\n");
    is $c->recv_line, 'hello', 'the echo comes through';
    is $back->accepts, 1, 'over one connection';

The file ends there. Behind its last line the library stops weir, which is one more test point (exit
status 0, no [alert], [emerg] or [crit] in the error log, no panic, no sanitizer's report), prints
the plan, and ends every process that is left. When a test fails the end of the error log is shown.

=head1 ENVIRONMENT

    WEIR_BINARY      the program under test (build/weir)
    WEIR_TEST_SCALE  factor for every time limit (1); for sanitizer builds and slow machines
    WEIR_TEST_LOG    level of the error log (info)
    WEIR_KEEP        keep the test's directory and say where it is

=head1 WEIR

=over

=item Weir->new(conf =E<gt> TEXT, ...)

An instance with a directory of its own (mode 755). Further options: files =E<gt> {NAME =E<gt>
TEXT}, plan =E<gt> N, allow_log =E<gt> qr/../, env =E<gt> {}, user =E<gt> NAME.

In the texts C<%%PORT:name%%> becomes a free port, the same one wherever the name stands,
C<%%DIR%%> the directory, C<%%TOP%%> the top of the tree. C<daemon off>, C<pid>, C<error_log> and
C<events { }> are added unless the text has them; line numbers stay as they are. C<plan> counts the
test's own points. Lines that match C<allow_log> are no complaint. C<user> is whom the program is started as; a test of that kind needs root.

=item start, stop, stop('TERM'), wait_end

start() returns once the pid file is there, and dies with the log when weir does not come up. stop()
is a test point. wait_end() waits for an end that the test caused by itself, and returns the wait
status.

=item reload, reload(TEXT)

HUP; returns when new workers serve and the old ones are gone or drain; dies when the log says
[emerg].

=item signal(NAME), signal(NAME, PID), master_pid, worker_pids, serving_pids

=item run(ARGUMENTS), run_bare(ARGUMENTS)

(exit status, stdout, stderr) of a run to its end; run() adds C<-p -c -e -g> of this instance.

=item conf(TEXT), write(NAME, TEXT), read(NAME), lines(NAME), wait_lines(NAME, COUNT)

=item dir, port(NAME)

Files, by names relative to the directory. wait_lines() is for access logs.

=item log, wait_log(qr/../)

=item Weir->in_namespace(hosts =E<gt> TEXT, files =E<gt> {PATH =E<gt> TEXT}, tmpfs =E<gt> [PATH])

To be called first of all. Runs the test in network and mount namespaces of its own: all of
127.0.0.0/8 and ::1 is free there, every port too; C<hosts> is added to F</etc/hosts>. Skips the
test where that is not allowed.

=back

=head1 CLIENTS

An ADDRESS is a port's name, a port's number, C<127.0.0.2:name>, C<[::1]:name> or
C<unix:file>; without one it is the first port
that the configuration listens on.

=over

=item connect(ADDRESS, timeout =E<gt> SECONDS, from =E<gt> IP)

A L<Weir::Conn>: send, recv_until(qr//), recv_line, recv_bytes(N), recv_all, exchange(BYTES),
half_close, reset, close, is_closed, is_at_end, was_reset, has_news(SECONDS), local, remote. Waits
are limited to 5 seconds.

=item connect_error(ADDRESS)

"" or, for instance, "ECONNREFUSED".

=item http_get(URI, ...)

=item http(TEXT, port =E<gt> ADDRESS)

One request on a connection of its own. Options of http_get(): port =E<gt> ADDRESS, host, method,
version, headers =E<gt> [..], body. The answer has status, reason, version, header(NAME),
header_values(NAME), headers, body, head, chunks, until_close.

=item http_connect(ADDRESS)

A connection that is kept: get(URI, ...), request(TEXT), send(TEXT) and response(METHOD) for
pipelining, and all of Weir::Conn.

=back

=head1 SERVERS

Each is called with the name of its port (or port =E<gt> ADDRESS) and returns a L<Weir::Server>:
stop, start, accepts, requests, uris, notes, wait_note, errors.

=over

=item tcp_server(NAME, sub { my ($conn, $server, $number) = @_; ... })

=item http_server(NAME, sub { my ($request, $conn, $server) = @_; return [200, [], 'body'] })

With close =E<gt> 1 behind it, it answers one request a connection. Without the sub its body is its
name. A sub that returns undef ends the connection unanswered.

=item echo_server, greeting_server(NAME, TEXT), silent_server, closing_server, resetting_server

=item sink_server

Answers "LENGTH SHA256\n" at the client's end.

=item source_server(NAME, BYTES), full_server(NAME)

=back

A port that refuses is any C<%%PORT:name%%> that nobody listens on.

=head1 ALSO

L<Weir::MariaDB>, L<Weir::DNS> (a name server that answers as it is told), L<Weir::Load> (wrk, ab,
TCP clients in numbers), L<Weir::Storm> (many clients that leave when they like), L<Weir::Socket> (the
options of another process's sockets), L<Weir::Process> (spawn, run_command).

=cut
