# SPDX-License-Identifier: BSD-2-Clause
# What a server sends wrong behind its head becomes an aborted connection, never a whole answer; buffered
# or not, to clients of HTTP/1.1 and 1.0.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $start = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n";
my %bad = (
    'length cut' => "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody",
    'chunks cut' => $start,
    'a chunk cut' => "${start}a\r\nbody",
    'last chunk cut' => "${start}0\r\n",
    'a bad size' => "${start}x\r\nbody\r\n0\r\n\r\n",
    'a size too large' => "${start}fffffffffffffffff\r\n",
    'no end of a chunk' => "${start}4\r\nbodyX\r\n0\r\n\r\n",
    'a bare LF' => "${start}4\nbody\n0\n\n",
    'a bad trailer' => "${start}0\r\nno field\r\n\r\n",
);
my %fine = (
    'a length' => "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
    'more than the length' => "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodymore",
    'chunks' => "${start}0\r\n\r\n",
);
my $t = Weir->new(conf => <<'CONF', plan => 2 * 2 * (keys(%bad) + keys(%fine)));
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /off { proxy_buffering off; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my %answer = (%bad, %fine);
my @names = sort keys %answer;
$t->tcp_server('back', sub {
    my ($conn) = @_;
    my ($number) = Weir::HTTP::read_message($conn)->uri =~ /(\d+)/;
    $conn->send($answer{ $names[$number] });
});
$t->start;

# Whether a client takes it for a whole answer.
sub is_whole {
    my ($uri, $version) = @_;
    my $c = $t->http_connect('web');
    $c->send("GET $uri HTTP/$version\r\nHost: a\r\nConnection: close\r\n\r\n");
    my $text = eval { $c->recv_all } // '';
    return 0 if $c->was_reset;
    my ($head, $body) = split /\r\n\r\n/, $text, 2;
    return 0 if !defined $body || $head !~ m{^HTTP/1.1 200};
    return $1 == length $body ? 1 : 0 if $head =~ /Content-Length: (\d+)/;
    return $body =~ /\r\n0\r\n\r\n$/ ? 1 : 0 if $head =~ /chunked/;
    return 1;
}

for my $number (0 .. $#names) {
    my $name = $names[$number];
    for my $version ('1.1', '1.0') {
        is is_whole("$_/$number", $version), $fine{$name} ? 1 : 0, "$name, HTTP/$version, $_/"
            for '', '/off';
    }
}
