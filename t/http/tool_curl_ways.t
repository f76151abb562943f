# SPDX-License-Identifier: BSD-2-Clause
# curl in the ways in which people use it: uploads with Expect, HTTP/1.0, ranges, compression, HEAD, a
# connection that ends. Each has its line in the log.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Weir::Process qw(run_command);

my $t = Weir->new(conf => <<'CONF', plan => 17);
http {
    log_format end "$request_method $request_uri $status $termination_state";
    access_log end.log end;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        gzip on;
        gzip_types text/plain;
        client_max_body_size 2m;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /files/ { proxy_force_ranges on; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my $text = join '', map { "line $_\n" } 1 .. 5000;
$t->http_server('back', sub {
    my ($request) = @_;
    return [ 200, [ 'Content-Type' => 'text/plain' ], $text ] if $request->method =~ /^(?:GET|HEAD)$/;
    return [ 200, [], join ' ', $request->method, length $request->body, unpack '%32C*', $request->body ];
});
my $upload = bytes(1_500_000);
open my $file, '>:raw', $t->dir . '/upload' or die "upload: $!";
print {$file} $upload;
close $file;
$t->start;

my $url = 'http://127.0.0.1:' . $t->port('web');
my $sum = unpack '%32C*', $upload;
my @lines;
sub curl {
    my ($expected, $line, $what, @arguments) = @_;
    my ($status, $out, $error) = run_command([ 'curl', '-sS', @arguments ]);
    ok $status == 0 && $out eq $expected, $what or diag $error, substr $out, 0, 300;
    push @lines, $line;
    return;
}

my @code = ('-w', ' %{http_code}');
my $path = $t->dir . '/upload';
curl($text . ' 200', 'GET /files/a 200 ok', 'GET', @code, "$url/files/a");
curl("POST 9 950 200", 'POST /p 200 ok', 'POST', @code, '-d', 'some=text', "$url/p");
curl("PUT 1500000 $sum 200", 'PUT /put 200 ok', 'an upload with Expect', @code, '-H', 'Expect: 100-continue',
    '-T', $path, "$url/put");
curl("PUT 1500000 $sum 200", 'PUT /chunks 200 ok', 'an upload in chunks', @code,
    '-H', 'Transfer-Encoding: chunked', '-T', $path, "$url/chunks");
curl("POST 1500000 $sum 200", 'POST /old 200 ok', 'POST in HTTP/1.0', @code, '--http1.0',
    '--data-binary', "\@$path", "$url/old");
curl("DELETE 0 0 200", 'DELETE /d 200 ok', 'DELETE', @code, '-X', 'DELETE', "$url/d");
curl($text . ' 200', 'GET /files/old 200 ok', 'HTTP/1.0', @code, '--http1.0', "$url/files/old");
curl(substr($text, 100, 50) . ' 206', 'GET /files/r 206 ok', 'a range', @code, '--range', '100-149', "$url/files/r");
curl($text . ' 200', 'GET /files/z 200 ok', 'compressed', @code, '--compressed', "$url/files/z");
curl($text . ' 200', 'GET /files/c 200 ok', 'a connection that ends', @code, '-H', 'Connection: close', "$url/files/c");
curl(' 200', 'HEAD /files/h 200 ok', 'HEAD', @code, '-I', '-o', '/dev/null', "$url/files/h");
curl('200 1 200 0 ', "GET /files/1 200 ok\nGET /files/2 200 ok", 'two on one connection',
    '-w', '%{http_code} %{num_connects} ', '-o', '/dev/null', '-o', '/dev/null', "$url/files/1", "$url/files/2");
is length $text, 48_893, 'the text is what it was';

my (undef, $packed) = run_command([ 'curl', '-sS', '-H', 'Accept-Encoding: gzip', "$url/files/packed" ]);
cmp_ok length $packed, '<', length($text) / 2, 'it was packed on the way';
my ($status) = run_command([ 'curl', '-sS', '-f', '-T', $path, '-H', 'Content-Length: 3000000', "$url/large" ]);
is $status, 22, 'what is too large is refused';
push @lines, 'GET /files/packed 200 ok', 'PUT /large 413 ok';

my @expected = map { split /\n/ } @lines;
my @logged = $t->wait_lines('end.log', scalar @expected);
is join("\n", @logged), join("\n", @expected), 'a line for each';
is scalar(@logged), scalar(@expected), 'and no more';
