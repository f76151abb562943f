# SPDX-License-Identifier: BSD-2-Clause
# error_page answers in the place of an error: a path, a named location, another server; with its
# status or another one.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(allow_log => qr{nowhere|cycle}, conf => <<'CONF', plan => 16);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        error_page 404 /page/404;
        error_page 403 /page/403?why=denied;
        client_max_body_size 5;
        location / { return 404; }
        location /page/ { return 200 "$uri $args $status $request_uri $request_method"; }
        location /denied { deny all; }
        location /code { error_page 404 403 =201 /page/code; return 403; }
        location /own { error_page 404 = /page/own; return 404; }
        location /named { error_page 404 = @named; return 404; }
        location @named { return 202 "named $uri $request_method"; }
        location /url { error_page 404 http://a.example/$args; return 404; }
        location /url301 { error_page 404 =301 http://a.example/; return 404; }
        location /nowhere { error_page 404 @nowhere; return 404; }
        location /again { error_page 404 = /again2; return 404; }
        location /again2 { error_page 403 = /page/again; return 403; }
        location /recursive { recursive_error_pages on; error_page 404 = /recursive2; return 404; }
        location /recursive2 { error_page 403 = /page/recursive; return 403; }
        location /loop { recursive_error_pages on; error_page 404 /loop; return 404; }
        location /large { error_page 413 =200 /page/413; }
        location /dead { error_page 502 = /page/502; proxy_pass http://127.0.0.1:%%PORT:dead%%; }
    }
}
CONF
$t->start;

sub got {
    my ($path, @more) = @_;
    my $r = $t->http_get($path, @more);
    return $r->status . ' ' . $r->body;
}

is got('/x'), '404 /page/404  404 /x GET', 'keeps the status of the error';
is got('/denied?a=b'), '403 /page/403 why=denied 403 /denied?a=b GET', 'a path with arguments';
is got('/code'), '201 /page/code  201 /code GET', '=201';
is got('/own'), '200 /page/own  200 /own GET', '= alone: what the page says';
is got('/named'), '202 named /named GET', 'a named location; the path stays';
my $r = $t->http_get('/url?x');
is $r->status . ' ' . $r->header('Location'), '302 http://a.example/x', 'a URL is a redirect';
is $t->http_get('/url301')->status, 301, 'with the status that is asked for';
like got('/nowhere'), qr/^500 /, 'no such name';
like got('/again'), qr/^403 .*403 Forbidden/s, 'an error of an error page has no page';
is got('/recursive'), '200 /page/recursive  200 /recursive GET', 'unless recursive_error_pages';
like got('/loop'), qr/^500 /, 'a cycle ends';
is got('/dead'), '200 /page/502  200 /dead GET', 'the server cannot be reached';

my $c = $t->http_connect('web');
$r = $c->get('/large', method => 'POST', body => 'large!');
is $r->status . ' ' . $r->body, '200 /page/413  200 /large GET', 'a body that is too large';
is $r->header('Connection'), 'close', 'the connection ends all the same';

$c = $t->http_connect('web');
is $c->get('/named', method => 'POST', body => 'ok')->body, 'named /named POST',
    'a named location has the method of the request';
is $c->get('/own', method => 'POST', body => 'ok')->body, '/page/own  200 /own GET',
    'a page is got with GET';
