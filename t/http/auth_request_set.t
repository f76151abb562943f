# SPDX-License-Identifier: BSD-2-Clause
# auth_request_set takes values from the answer over to the request, whatever that answer was.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 7);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        auth_request /auth;
        auth_request_set $user $upstream_http_x_user;
        auth_request_set $code "$upstream_status in $uri";
        location / {
            add_header X-Code $code always;
            proxy_set_header X-User $user;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
        location /own/ {
            set $before "of $arg_x";
            auth_request_set $own $upstream_http_x_seen;
            add_header X-Own "$own,$user" always;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
        location = /auth {
            proxy_set_header X-Before $before;
            proxy_set_header X-Method $request_method;
            proxy_set_header X-Uri $request_uri;
            proxy_pass http://127.0.0.1:%%PORT:auth%%;
        }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], 'user ' . ($_[0]->header('X-User') // '-') ] });
$t->http_server('auth', sub {
    my ($request) = @_;
    return [ $request->header('X-Want') // 200, [ 'X-User', 'somebody', 'X-Seen',
        join ' ', map { $request->header($_) // '-' } qw(X-Before X-Method X-Uri) ], '' ];
});
$t->start;

my $answer = $t->http_get('/a');
is $answer->body, 'user somebody', 'a field of the answer goes to the server';
is $answer->header('X-Code'), '200 in /auth', 'variables are those of the question';
is $t->http_get('/a', headers => [ 'X-User', 'forged' ])->body, 'user somebody', 'not the client';

$answer = $t->http_get('/a', headers => [ 'X-Want', '403' ]);
is $answer->status, 403, 'refused';
is $answer->header('X-Code'), '403 in /auth', 'and set all the same';

$answer = $t->http_get('/own/?x=y', method => 'POST', body => 'b');
is $answer->header('X-Own'), 'of y POST /own/?x=y,',
    'what was set before is known there, and what the client asked';
is $answer->body, 'user -', 'a list of its own takes the place of the outer one';
