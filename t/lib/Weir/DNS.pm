# SPDX-License-Identifier: BSD-2-Clause
package Weir::DNS;

# A DNS server for weir to ask, over UDP and TCP at one address. What it is asked is written, a line
# per question, to a file that the test reads.
#
#     my $dns = Weir::DNS->start($t, 'dns', sub {
#         my ($question) = @_;    # name, type ("A", "AAAA"), via ("udp", "tcp"), number (of this
#                                 # name and type so far, from 1), id, text (as it came)
#         return { answers => [ [ A => '127.0.0.2', 60 ] ] };
#     });
#
# The second argument is the port's name or an address, as in Weir. An answer has
#
#     answers     [type, data, TTL, owner (else the question's name)] each; types A, AAAA, CNAME
#     code        3: no such name ...
#     soa         seconds for which it may be remembered that there is nothing
#     is_cut      truncated: to be asked again over TCP
#     hold        a file's name: the answer waits until it is there
#     also        texts that are sent before the answer
#
# or is a text that is sent as it stands, or undef: silence; or 'close': over TCP the connection is
# closed.

use strict;
use warnings;
use Fcntl qw(O_WRONLY O_APPEND O_CREAT);
use IO::Select;
use Socket qw(:all);
use Weir::Conn;
use Weir::Process qw(spawn_sub end_process slurp);
use Weir::Wait qw(wait_for);

my %type = (A => 1, CNAME => 5, SOA => 6, AAAA => 28);
my %type_name = reverse %type;

sub start {
    my ($class, $t, $name, $handler) = @_;
    (my $file = $name) =~ s/[^\w.-]/_/g;
    my $self = bless {
        address => $t->address($name),
        handler => $handler,
        events => $t->dir . "/dns-$file.events",
        held => [],
    }, $class;

    return $self->restart;
}

sub restart {
    my ($self) = @_;
    my $address = Weir::Conn::socket_address($self->{address});
    my $family = sockaddr_family($address);

    socket($self->{udp}, $family, SOCK_DGRAM, 0) or die "socket: $!";
    socket($self->{tcp}, $family, SOCK_STREAM, 0) or die "socket: $!";
    setsockopt $self->{tcp}, SOL_SOCKET, SO_REUSEADDR, 1;
    for my $socket ($self->{udp}, $self->{tcp}) {
        bind $socket, $address or die "bind to $self->{address}: $!";
    }
    listen $self->{tcp}, 64 or die "listen: $!";
    $self->{pid} = spawn_sub(sub { $self->serve_all });
    close $self->{$_} for qw(udp tcp);
    return $self;
}

sub stop {
    my ($self) = @_;
    end_process(delete $self->{pid});
    return $self;
}

# ---- what was asked ----

# "NAME TYPE VIA" each, in order; of one name where one is given.
sub queries {
    my ($self, $name) = @_;
    return grep { !defined $name || /^\Q$name\E / } split /\n/, slurp($self->{events});
}

sub wait_queries {
    my ($self, $count, $name) = @_;
    wait_for(sub { $self->queries($name) >= $count }, undef, "$count questions");
    return $self->queries($name);
}

# ---- the server ----

sub serve_all {
    my ($self) = @_;
    my $select = IO::Select->new($self->{udp}, $self->{tcp});
    my %buffer;    # of TCP connections, by descriptor

    local $SIG{PIPE} = 'IGNORE';
    sysopen $self->{event_file}, $self->{events}, O_WRONLY | O_APPEND | O_CREAT or die $!;
    while (1) {
        for my $socket ($select->can_read(@{ $self->{held} } ? 0.01 : undef)) {
            if ($socket == $self->{udp}) {
                my $from = recv $socket, my $text, 65_535, 0;
                $self->answer($text, 'udp', sub { send $socket, $_[0], 0, $from })
                    if defined $from;
            }
            elsif ($socket == $self->{tcp}) {
                accept my $conn, $socket or next;
                $buffer{ fileno $conn } = '';
                $select->add($conn);
            }
            elsif (sysread $socket, $buffer{ fileno $socket }, 65_537, length $buffer{ fileno $socket }) {
                $self->take_tcp($socket, \$buffer{ fileno $socket });
            }
            else {
                $select->remove($socket);
                close $socket;
            }
        }
        $self->send_held;
    }
    return;
}

sub take_tcp {
    my ($self, $socket, $buffer) = @_;
    while (length $$buffer >= 2 && length $$buffer >= 2 + unpack 'n', $$buffer) {
        my $text = substr $$buffer, 2, unpack 'n', $$buffer;
        substr($$buffer, 0, 2 + length $text) = '';
        $self->answer($text, 'tcp', sub {
            return shutdown $socket, 2 if $_[0] eq 'close';
            syswrite $socket, pack('n/a*', $_[0]);
        });
    }
    return;
}

sub send_held {
    my ($self) = @_;
    my @held = splice @{ $self->{held} };
    for my $answer (@held) {
        if (-e $answer->{file}) { $_->() for @{ $answer->{sends} } }
        else                    { push @{ $self->{held} }, $answer }
    }
    return;
}

sub answer {
    my ($self, $text, $via, $send) = @_;
    my $question = parse_question($text) or return;
    my $key = "$question->{name} $question->{type}";

    $question->{via} = $via;
    $question->{number} = ++$self->{count}{$key};
    syswrite $self->{event_file}, "$key $via\n";
    my $answer = $self->{handler}->($question) // return;
    my @texts = ref $answer ? (@{ $answer->{also} // [] }, answer_text($question, $answer)) : $answer;
    my @sends = map { my $bytes = $_; sub { $send->($bytes) } } @texts;
    if (ref $answer && defined $answer->{hold}) {
        push @{ $self->{held} }, { file => $answer->{hold}, sends => \@sends };
        return;
    }
    $_->() for @sends;
    return;
}

# ---- bytes ----

sub parse_question {
    my ($text) = @_;
    my ($id, undef, $count) = unpack 'n3', $text;
    my ($at, @labels) = (12);

    return if length $text < 17 || $count != 1;
    while (my $length = unpack "x$at C", $text) {
        push @labels, substr $text, $at + 1, $length;
        $at += 1 + $length;
    }
    my ($type) = unpack 'x' . ($at + 1) . ' n', $text;
    return {
        id => $id, name => lc join('.', @labels), type => $type_name{$type} // $type, text => $text,
        question => substr($text, 12, $at + 5 - 12),
    };
}

sub name_bytes { return join('', map { pack 'C/a*', $_ } split /\./, $_[0]) . "\0" }

sub data_bytes {
    my ($type, $data) = @_;
    return $type eq 'A' ? inet_aton($data) : $type eq 'AAAA' ? inet_pton(AF_INET6, $data)
        : $type eq 'CNAME' ? name_bytes($data) : $data;
}

sub record {
    my ($owner, $type, $data, $ttl) = @_;
    return pack 'a* n n N n/a*', name_bytes($owner), $type{$type}, 1, $ttl // 60,
        data_bytes($type, $data);
}

# The bytes of an answer; for handlers, too, that change some of them.
sub answer_text {
    my ($question, $answer) = @_;
    my @records = map { record($_->[3] // $question->{name}, @$_[ 0 .. 2 ]) } @{ $answer->{answers} // [] };
    my $soa = defined $answer->{soa}
        ? record('test', 'SOA', name_bytes('ns.test') . name_bytes('admin.test')
            . pack('N5', 1, 60, 60, 60, $answer->{soa}), $answer->{soa}) : '';
    my $flags = 0x8180 | ($answer->{is_cut} ? 0x200 : 0) | ($answer->{code} // 0);

    @records = () if $answer->{is_cut};
    return pack('n6', $question->{id}, $flags, 1, scalar @records, $soa ne '' ? 1 : 0, 0)
        . $question->{question} . join('', @records) . $soa;
}

1;
