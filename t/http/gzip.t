# SPDX-License-Identifier: BSD-2-Clause
# gzip packs bodies on their way, however they come, and $gzip_ratio tells how small they became.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Compress::Zlib ();
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 20);
http {
    log_format ratio "$uri $gzip_ratio";
    access_log %%DIR%%/ratio.log ratio;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        gzip on;
        gzip_types text/x;
        gzip_http_version 1.0;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /own { default_type text/x; return 200 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"; }
        location /best { gzip_comp_level 9; gzip_buffers 4 1k; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $text = join '', map { "line $_ of many\n" } 1 .. 150_000;
$t->http_server('back', sub {
    my ($request, $conn) = @_;
    my @type = ('Content-Type' => 'text/x');
    return [ 200, \@type, $text ] if $request->uri =~ /length/;
    return [ 200, [ @type, 'Content-Length' => undef ], $text ] if $request->uri =~ /end/;
    if ($request->uri =~ /cut/) {
        $conn->send("HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: 1000\r\n\r\nnot so many");
        return;
    }
    my @chunks = map { sprintf "%x\r\n%s\r\n", length $_, $_ } $text =~ /(.{1,60000})/gs;
    return [ 200, [ @type, 'Transfer-Encoding' => 'chunked' ], join '', @chunks, "0\r\n\r\n" ];
}, close => 1);
$t->start;

my @accepts = (headers => [ 'Accept-Encoding' => 'gzip' ]);
my $c = $t->http_connect('web');
for my $path ('/', '/best/') {
    for my $how (qw(length chunks end)) {
        my $r = $c->get("$path$how", @accepts);
        is $r->header('Content-Encoding'), 'gzip', "$path$how is packed";
        ok Compress::Zlib::memGunzip($r->body) eq $text, 'and comes back as it was';
    }
}
my $r = $t->http_get('/chunks', version => '1.0', @accepts);
is $r->header('Transfer-Encoding'), undef, 'HTTP/1.0: not in chunks';
ok Compress::Zlib::memGunzip($r->body) eq $text, 'but until the end';

$r = $c->get('/own', @accepts);
is Compress::Zlib::memGunzip($r->body), 'a' x 64, 'a text of our own';
$c->close;
is $t->http_get('/own')->header('Content-Encoding'), undef, 'not for who has not asked';

# A response that breaks off is not passed for a whole one.
$c = $t->http_connect('web');
$c->send("GET /cut HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
my $cut = $c->recv_all;
like $cut, qr/Content-Encoding: gzip/, 'a server that breaks off';
unlike $cut, qr/\r\n0\r\n/, 'the end is not made up';

my @lines = $t->wait_lines('ratio.log', 10);
my ($ratio) = $lines[0] =~ m{^/length (\d+\.\d\d)$} or diag $lines[0];
cmp_ok $ratio, '>', 2, '$gzip_ratio';
is $lines[8], '/own -', 'none where nothing was packed';
