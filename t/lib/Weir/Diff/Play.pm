# SPDX-License-Identifier: BSD-2-Clause
package Weir::Diff::Play;

# The world around a server under test: clients that follow a script and upstream servers that answer
# by one, all in this process and in one loop, so that what happened has one order.

use strict;
use warnings;
use Errno qw(EAGAIN EINTR);
use Socket qw(:all);
use Weir::Conn;
use Weir::Diff::Message qw(parse_request);
use Weir::Wait qw(now scaled);

use constant PIECE => 65_536;

# So many bytes of an answer go one at a time where servers are slow.
use constant SLOW_BYTES => 2000;

# Options: upstreams (of the corpus), address (a sub: name to address), is_slow (what upstream servers send
# goes one byte at a time).
sub new {
    my ($class, %option) = @_;
    my $self = bless { %option, listeners => [], conns => {}, seen => [], served => {} }, $class;
    $self->open_upstream($_) for values %{ $option{upstreams} };
    return $self;
}

sub open_upstream {
    my ($self, $upstream) = @_;
    my $name = $self->{address}->($upstream->{name});
    my $address = Weir::Conn::socket_address($name);

    socket(my $socket, sockaddr_family($address), SOCK_STREAM, 0) or die "socket: $!\n";
    setsockopt $socket, SOL_SOCKET, SO_REUSEADDR, 1;
    unlink $1 if $name =~ /^unix:(.+)/;
    bind $socket, $address or die "bind to $name: $!\n";
    chmod 0777, $1 if $name =~ /^unix:(.+)/;
    listen $socket, 128 or die "listen: $!\n";
    $socket->blocking(0);
    push @{ $self->{listeners} }, { socket => $socket, upstream => $upstream, count => 0 };
    return;
}

sub close {
    my ($self) = @_;
    CORE::close $_->{socket} for @{ $self->{listeners} }, grep { $_->{socket} } values %{ $self->{conns} };
    $self->{conns} = {};
    $self->{listeners} = [];
    return;
}

sub add_conn {
    my ($self, $socket, %more) = @_;
    my $conn = { socket => $socket, in => '', out => '', %more };
    $socket->blocking(0);
    return $self->{conns}{ fileno $socket } = $conn;
}

sub drop {
    my ($self, $conn, $is_reset) = @_;
    my $socket = delete $conn->{socket} or return;
    setsockopt $socket, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0) if $is_reset;
    delete $self->{conns}{ fileno $socket };
    CORE::close $socket;
    return;
}

# ---- the loop ----

# One round: waits at most so long, then lets everybody act.
sub turn {
    my ($self, $seconds) = @_;
    my ($r, $w) = ('', '');
    my @conns = values %{ $self->{conns} };

    vec($r, fileno $_->{socket}, 1) = 1 for @{ $self->{listeners} };
    for my $conn (@conns) {
        vec($r, fileno $conn->{socket}, 1) = 1 if !$conn->{end};
        vec($w, fileno $conn->{socket}, 1) = 1 if $conn->{out} ne '';
        $seconds = 0 if delete $conn->{is_due} && $conn->{out} eq '';
        next if !defined $conn->{wake};
        my $left = $conn->{wake} - now();
        $seconds = $left < 0 ? 0 : $left if $left < $seconds;
    }
    select $r, $w, undef, $seconds;
    for my $listener (@{ $self->{listeners} }) {
        $self->accept_upstream($listener) if vec($r, fileno $listener->{socket}, 1);
    }
    for my $conn (@conns) {
        receive($conn) if $conn->{socket} && vec $r, fileno $conn->{socket}, 1;
        $self->act($conn) if $conn->{upstream};
        $self->write_out($conn) if $conn->{socket};
    }
    return;
}

# Goes round until the condition holds: false when it does not in time.
sub until {
    my ($self, $condition, $seconds) = @_;
    my $end = now() + $seconds;

    while (!$condition->()) {
        my $left = $end - now();
        return 0 if $left <= 0;
        $self->turn($left);
    }
    return 1;
}

sub receive {
    my ($conn) = @_;
    while (1) {
        my $count = sysread $conn->{socket}, $conn->{in}, PIECE, length $conn->{in};
        if (!defined $count) {
            next if $! == EINTR;
            $conn->{end} = 'reset' if $! != EAGAIN;
            return;
        }
        if (!$count) {
            $conn->{end} = 'closed';
            return;
        }
    }
}

# Of a slow server's answer the first bytes go one a turn.
sub write_out {
    my ($self, $conn) = @_;
    my $is_slow = $self->{is_slow} && $conn->{upstream};
    while ($conn->{out} ne '') {
        my $is_single = $is_slow && $conn->{slowly}-- > 0;
        my $count = syswrite $conn->{socket}, $conn->{out}, $is_single ? 1 : length $conn->{out};
        if (!defined $count) {
            next if $! == EINTR;
            return if $! == EAGAIN;
            $conn->{out} = '';      # whoever was to read it is gone
            return;
        }
        substr $conn->{out}, 0, $count, '';
        $conn->{is_due} = $is_single;    # its next action may begin
        return if $is_single && $conn->{out} ne '';
    }
    if ($conn->{half_close}) {
        shutdown $conn->{socket}, SHUT_WR;
        $conn->{half_close} = 0;
    }
    return;
}

# ---- upstream servers ----

sub accept_upstream {
    my ($self, $listener) = @_;
    while (accept my $socket, $listener->{socket}) {
        my $upstream = $listener->{upstream};
        my $conn = $self->add_conn($socket, upstream => $upstream, number => ++$listener->{count});
        setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1
            if sockaddr_family(getsockname $socket) != AF_UNIX;
        if ($upstream->{raw}) {
            $conn->{actions} = [ @{ $upstream->{actions} // [] } ];
            $conn->{record} = { upstream => $upstream->{name}, raw => '', number => $conn->{number} };
            push @{ $self->{seen} }, $conn->{record};
            $self->act($conn);
            $self->write_out($conn) if $conn->{socket};
        }
    }
    return;
}

# What an upstream connection can do now: it takes requests and goes on with its actions.
sub act {
    my ($self, $conn) = @_;

    if ($conn->{record} && $conn->{upstream}{raw}) {
        $conn->{record}{raw} .= $conn->{in} if !$conn->{is_echo};
        $conn->{fresh} .= $conn->{in};
        $conn->{in} = '';
    }
    while ($conn->{socket}) {
        if (!@{ $conn->{actions} // [] }) {
            last if $conn->{upstream}{raw} || !$self->take_request($conn);
        }
        last if !$self->do_action($conn);
        shift @{ $conn->{actions} };
    }
    if ($conn->{socket} && $conn->{end} && $conn->{out} eq '' && !@{ $conn->{actions} // [] }) {
        $self->note_cut($conn);
        $self->drop($conn);
    }
    return;
}

# A request's head begins its record; the answer's actions are what comes next.
sub take_request {
    my ($self, $conn) = @_;
    my $request = parse_request($conn->{in}) or return 0;
    my $upstream = $conn->{upstream};

    substr $conn->{in}, 0, $request->{head_length}, '';
    my $record = $conn->{record} = { upstream => $upstream->{name}, number => $conn->{number},
        request => $request };
    $conn->{slowly} = SLOW_BYTES;
    push @{ $self->{seen} }, $record;
    $conn->{actions} = [ $self->answer_actions($upstream, $request) ];
    my %has = map { $_->[0] => 1 } @{ $conn->{actions} };
    if (!$has{body}) {
        if ($has{early}) { push @{ $conn->{actions} }, ['body'] }
        else             { unshift @{ $conn->{actions} }, ['body'] }
    }
    return 1;
}

# The n-th request for a target gets the n-th answer for it, the last one from then on.
sub answer_actions {
    my ($self, $upstream, $request) = @_;
    my $path = $request->{target} =~ s/\?.*//sr;

    for my $wanted ($path, '*') {
        my @fit = grep { $_->{target} eq $wanted
            && (!defined $_->{method} || $_->{method} eq $request->{method}) } @{ $upstream->{answers} };
        next if !@fit;
        my $turn = $self->{served}{"$upstream->{name} $wanted $request->{method}"}++;
        my $answer = $fit[ $turn < @fit ? $turn : -1 ];
        return finished($request, map { [@$_] } @{ $answer->{actions} });
    }
    my $body = "$upstream->{name} $request->{method} $request->{target}\n";
    my $text = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " . length($body) . "\r\n\r\n";
    return [ send => $request->{method} eq 'HEAD' ? $text : $text . $body ];
}

# Pieces that follow each other go out as one; %%LENGTH%% is what follows the head; a body whose end
# is not said ends with the connection.
sub finished {
    my ($request, @actions) = @_;
    my @merged;
    for my $action (@actions) {
        if ($action->[0] eq 'send' && @merged && $merged[-1][0] eq 'send') { $merged[-1][1] .= $action->[1] }
        else { push @merged, $action }
    }
    my $all = join '', map { $_->[1] } grep { $_->[0] eq 'send' } @merged;
    my ($head, $body) = $all =~ /^(.*?\r\n)\r\n(.*)$/s ? ($1, $2) : ($all, '');
    for my $action (@merged) {
        my $length = length $body;
        $action->[1] =~ s/%%LENGTH%%/$length/g if $action->[0] eq 'send';
    }
    return (@merged, ['close']) if $head !~ /^(?:Content-Length|Transfer-Encoding|Upgrade):/mi
        && $head !~ m{^HTTP/\d\.\d (?:1|204|304)} && $request->{method} ne 'HEAD';
    return @merged;
}

my %action = (
    send => sub { $_[1]{out} .= $_[2]; 1 },
    early => sub { 1 },
    close => sub { my ($self, $conn) = @_; return 0 if $self->is_writing($conn); $self->finish($conn) },
    reset => sub { my ($self, $conn) = @_; return 0 if $self->is_writing($conn); $self->drop($conn, 1); 1 },
    end => sub { $_[1]{half_close} = 1 },
    hang => sub { 0 },
    eof => sub { $_[1]{end} },
    echo => sub { my ($self, $conn) = @_; $conn->{is_echo} = 1;
        $conn->{out} .= delete $conn->{fresh} // ''; return 0 },
    read => sub { my ($self, $conn, $text) = @_;
        $conn->{fresh} //= q{};
        return $conn->{fresh} =~ s/^.*?\Q$text\E//s },
    wait => \&wait_action,
    body => \&body_action,
    tunnel => sub { $_[1]{out} .= $_[1]{in}; $_[1]{record}{tunnel} .= $_[1]{in}; $_[1]{in} = ''; 0 },
);

# True when the action is done and the next one may begin.
sub do_action {
    my ($self, $conn) = @_;
    my ($name, $value) = @{ $conn->{actions}[0] };
    my $result = ($action{$name} // die "no such action: $name\n")->($self, $conn, $value);
    return $result || ($conn->{end} && $name =~ /^(?:echo|tunnel|hang|read)$/);
}

sub is_writing {
    my ($self, $conn) = @_;
    $self->write_out($conn);
    return $conn->{out} ne '';
}

sub finish {
    my ($self, $conn) = @_;
    receive($conn) if !$conn->{end};      # what is unread would make a reset of it
    $self->drop($conn);
    return 1;
}

sub wait_action {
    my ($self, $conn, $seconds) = @_;
    $self->write_out($conn);
    $conn->{wake} //= now() + $seconds;
    return 0 if now() < $conn->{wake};
    delete $conn->{wake};
    return 1;
}

sub body_action {
    my ($self, $conn) = @_;
    my $request = $conn->{record}{request};
    return 1 if $request->take_body(\$conn->{in});
    return 1 if $conn->{end} && !$request->is_whole;
    return 0;
}

# A connection that ended within a head.
sub note_cut {
    my ($self, $conn) = @_;
    return if $conn->{upstream}{raw} || $conn->{in} eq '';
    push @{ $self->{seen} }, { upstream => $conn->{upstream}{name}, number => $conn->{number},
        raw => $conn->{in} };
    return;
}

# What the upstreams have seen since the last call.
sub take_seen {
    my ($self) = @_;
    my @seen = @{ $self->{seen} };
    $self->{seen} = [];
    $self->{served} = {};
    return @seen;
}

# ---- clients ----

sub connect {
    my ($self, $address, $from) = @_;
    my $conn = Weir::Conn->try_open($address, defined $from ? (from => $from) : ())
        or die "cannot connect to $address: $!\n";
    return $self->add_conn($conn->socket);
}

sub send {
    my ($self, $conn, $bytes) = @_;
    return if !$conn->{socket};
    $conn->{out} .= $bytes;
    $self->write_out($conn);
    return;
}

1;
