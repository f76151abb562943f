# SPDX-License-Identifier: BSD-2-Clause
# What waits for a slow client passes whole through gzip and in chunks; a folder that is not there costs
# no response.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Compress::Zlib ();
use Weir;

my $t = Weir->new(allow_log => qr/cannot write a response to a file/, conf => <<'CONF', plan => 8);
http {
    gzip_types text/plain;
    gzip_proxied any;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /gzip { gzip on; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /gone { proxy_temp_path gone; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $body = join '', map { "line $_ of a text that is rather long, " . $_ * 7919 . "\n" } 1 .. 300_000;
my $back = $t->tcp_server('back', sub {
    my ($conn, $server) = @_;
    my $request = Weir::HTTP::read_message($conn);
    $conn->send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n");
    $conn->send(sprintf "%x\r\n%s\r\n", length $_, $_) for unpack '(a100000)*', $body;
    $conn->send("0\r\n\r\n");
    $server->note('sent');
});
$t->start;

# The body that a client gets that begins to read only after a while.
sub get {
    my ($uri) = @_;
    my $c = $t->http_connect('web', timeout => 20);
    my $count = $back->notes;
    $c->send("GET $uri HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n");
    select undef, undef, undef, 1;
    my $is_free = $back->notes > $count;
    my ($head, $rest) = split /\r\n\r\n/, $c->recv_all, 2;
    my $text = '';
    while ($rest =~ s/\A([0-9a-f]+)\r\n//) {
        my $size = hex $1;
        $text .= substr $rest, 0, $size, '';
        substr $rest, 0, 2, '';
        last if $size == 0;
    }
    return ($is_free, $head, $text);
}

my ($is_free, $head, $text) = get('/');
ok $is_free, 'the server is free';
ok $text eq $body, 'in chunks: whole';
($is_free, $head, $text) = get('/gzip');
ok $is_free, 'gzip: the server is free';
like $head, qr/Content-Encoding: gzip/, 'packed';
ok Compress::Zlib::memGunzip($text) eq $body, 'whole';
rmdir $t->dir . '/gone' or die $!;
($is_free, $head, $text) = get('/gone');
ok !$is_free, 'no folder: the server waits';
ok $text eq $body, 'whole';
ok $t->wait_log(qr/\[crit\].*cannot write a response to a file in ".*gone"/), 'and the log says why';
