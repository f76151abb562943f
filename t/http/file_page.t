# SPDX-License-Identifier: BSD-2-Clause
# A page of 100 images, as browsers load it: six connections that are kept; a reload gives 304s.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 7, conf => <<'CONF');
http {
    types { text/html html; image/png png; }
    sendfile on;
    tcp_nopush on;
    server { listen 127.0.0.1:%%PORT:web%%; }
}
CONF
my %image = map { ("/i/$_.png" => join '', map { chr rand 256 } 1 .. 50 + 300 * $_) } 1 .. 100;
$t->write("html$_", '') for keys %image;
for my $path (keys %image) {
    open my $file, '>:raw', $t->dir . "/html$path" or die;
    print {$file} $image{$path};
}
$t->write('html/index.html', join "\n", map { "<img src=\"$_\">" } sort keys %image);
$t->start;

my $page = $t->http_get('/');
is $page->header('Content-Type'), 'text/html', 'the page';
my @found = $page->body =~ /src="([^"]+)"/g;
is scalar @found, 100, 'its images';

# Asks for all of them over six connections, one request at a time each; then over the same ones
# again on condition.
my @connections = map { $t->http_connect('web') } 1 .. 6;
sub load {
    my ($headers_of) = @_;
    my %got;
    my @queue = @found;
    while (my @turn = splice @queue, 0, scalar @connections) {
        for my $i (0 .. $#turn) {
            my $more = join '', map { "$_\r\n" } $headers_of->($turn[$i]);
            $connections[$i]->send("GET $turn[$i] HTTP/1.1\r\nHost: a\r\n$more\r\n");
        }
        $got{ $turn[$_] } = $connections[$_]->response('GET') for 0 .. $#turn;
    }
    return \%got;
}
my $first = load(sub { () });
is scalar(grep { $first->{$_}->body eq $image{$_} } @found), 100, 'each is whole';
is scalar(grep { $first->{$_}->header('Content-Type') eq 'image/png' } @found), 100, 'and of its type';
my $again = load(sub {
    my $r = $first->{ $_[0] };
    return ('If-None-Match: ' . $r->header('ETag'), 'If-Modified-Since: ' . $r->header('Last-Modified'));
});
is scalar(grep { $again->{$_}->status == 304 } @found), 100, 'the reload finds all of them unchanged';
is scalar(grep { $_->body ne '' } values %$again), 0, 'and sends nothing';
my $half = load(sub { ('Range: bytes=-10') });
is scalar(grep { $half->{$_}->body eq substr $image{$_}, -10 } @found), 100, 'parts over the same connections';
