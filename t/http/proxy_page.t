# SPDX-License-Identifier: BSD-2-Clause
# A page of 100 images from a server behind weir, as browsers load it: over six connections that are kept,
# images of all sizes, with a length, in chunks or up to the end; a reload gives 304s. Each request has one
# line in the log.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 9, conf => <<'CONF');
http {
    log_format load "$http_x_load $request_uri $status $termination_state $connection $body_bytes_sent";
    access_log load.log load;
    upstream back { server 127.0.0.1:%%PORT:back%%; keepalive 8; }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://back; }
    }
}
CONF
my @found = map { "/i/$_.png" } 1 .. 100;
my %size  = map { ("/i/$_.png" => 50 + ($_ % 25 == 0 ? 100_000 : 300) * $_) } 1 .. 100;
my %image = map { ($_ => bytes($size{$_})) } @found;

# How it is framed depends on the last digit.
$t->http_server('back', sub {
    my ($request, $conn) = @_;
    my $path = $request->uri;
    return [ 200, [ 'Content-Type' => 'text/html' ], join "\n", map { "<img src=\"$_\">" } @found ] if $path eq '/';
    my ($digit) = $path =~ /(\d)\.png$/;
    my @headers = ('Content-Type' => 'image/png', ETag => "\"$size{$path}\"");
    return [ 304, \@headers, '' ] if ($request->header('If-None-Match') // '') eq $headers[3];
    if ($digit % 3 == 0) {
        my @pieces = unpack '(a' . (100 + length($image{$path}) / 7 >> 0) . ')*', $image{$path};
        return [ 200, [ @headers, 'Transfer-Encoding' => 'chunked' ],
            join('', map { sprintf "%x\r\n%s\r\n", length, $_ } @pieces) . "0\r\n\r\n" ];
    }
    return [ 200, \@headers, $image{$path} ] if $digit != 5;
    $conn->send("HTTP/1.1 200 OK\r\n" . 'Content-Type: image/png' . "\r\nETag: $headers[3]\r\n"
        . "Connection: close\r\n\r\n$image{$path}");
    return;
});
$t->start;

my @browser = map { $t->http_connect('web') } 1 .. 6;
my $page = $browser[0]->get('/', headers => [ 'X-Load' => 'page' ]);
is join(' ', $page->body =~ /src="([^"]+)"/g), "@found", 'the page and its images';

# Asks for all of them over six connections, one request at a time each.
sub load {
    my ($name, $headers_of) = @_;
    my %got;
    my @queue = @found;
    while (my @turn = splice @queue, 0, scalar @browser) {
        for my $i (0 .. $#turn) {
            my $more = join '', map { "$_\r\n" } "X-Load: $name", $headers_of->($turn[$i]);
            $browser[$i]->send("GET $turn[$i] HTTP/1.1\r\nHost: a\r\n$more\r\n");
        }
        $got{ $turn[$_] } = $browser[$_]->response('GET') for 0 .. $#turn;
    }
    return \%got;
}
my $first = load(first => sub { () });
is scalar(grep { $first->{$_}->body eq $image{$_} } @found), 100, 'each is whole';
is scalar(grep { $first->{$_}->header('Content-Type') eq 'image/png' } @found), 100, 'and of its type';
my $again = load(again => sub { 'If-None-Match: ' . $first->{ $_[0] }->header('ETag') });
is scalar(grep { $_->status == 304 && $_->body eq '' } values %$again), 100, 'a reload finds them unchanged';
my $forced = load(forced => sub { 'Cache-Control: no-cache' });
is scalar(grep { $forced->{$_}->body eq $image{$_} } @found), 100, 'one that insists gets them again';
my @lines = $t->wait_lines('load.log', 301);
is scalar(@lines), 301, 'a line for each request';
my (%logged, %connections);
for my $line (@lines) {
    my ($load, $path, $how, $connection, $sent) = $line =~ /^(\w+) (\S+) (\d+ \w+) (\d+) (\d+)$/ or die $line;
    $logged{"$load $path $how"}++;
    $logged{"$path $sent"}++ if $load eq 'first';
    $connections{$connection} = 1;
}
my @expected = map { ("first $_ 200 ok", "again $_ 304 ok", "forced $_ 200 ok") } @found;
is scalar(grep { $logged{$_} == 1 } @expected), 300, 'that says how it ended';
is scalar(grep { $_ !~ /[05369]\.png/ && !$logged{"$_ $size{$_}"} } @found), 0, 'and how many bytes it got';
is scalar(keys %connections), 6, 'all over the same six connections';
