# SPDX-License-Identifier: BSD-2-Clause
# client_body_in_file_only: the body of a request is in a file, whose name can be told to a server;
# with "on" it stays there, with "clean" until the request ends.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 8);
http {
    client_body_temp_path %%DIR%%/bodies;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        proxy_set_header X-File $request_body_file;
        location /on { client_body_in_file_only on; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /clean {
            client_body_in_file_only clean;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
        location /off { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub {
    my ($request) = @_;
    my $path = $request->header('X-File') // '';
    my $text = -e $path ? slurp($path) : '-';
    return [ 200, [ 'X-File' => $path ], "$text $request->{body}" ];
});
$t->start;

my $r = $t->http_get('/on', method => 'POST', body => 'abc');
is $r->body, 'abc abc', 'on: in the file, and sent';
is slurp($r->header('X-File')), 'abc', 'where it stays';
unlink $r->header('X-File');
$r = $t->http_get('/clean', method => 'POST', body => 'abc');
is $r->body, 'abc abc', 'clean: in the file, and sent';
wait_for(sub { !-e $r->header('X-File') }, undef, 'the end of the file');
pass 'which is gone with the request';
$r = $t->http_get('/off', method => 'POST', body => 'abc');
is $r->body, '- abc', 'off: there is no file';
$r = $t->http_get('/on');
is $r->body, '- ', 'nor without a body';
my $c = $t->http_connect('web');
$c->send("POST /clean HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
wait_for(sub { my @files = glob $t->dir . '/bodies/*'; @files > 0 }, undef, 'a file');
$c->close;
wait_for(sub { my @files = glob $t->dir . '/bodies/*'; @files == 0 }, undef, 'its end');
pass 'a client that leaves leaves nothing behind';
opendir my $folder, $t->dir . '/bodies';
is scalar(grep { !/^\./ } readdir $folder), 0, 'at all';
