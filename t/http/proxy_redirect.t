# SPDX-License-Identifier: BSD-2-Clause
# Location, Refresh and cookies of a server are put in the client's terms.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 12);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        add_header X-Cookie $upstream_cookie_a;
        location /default/ { proxy_pass http://127.0.0.1:%%PORT:back%%/app/; }
        location /off/ { proxy_redirect off; proxy_pass http://127.0.0.1:%%PORT:back%%/app/; }
        location /pairs/ {
            proxy_redirect http://one.example/ /1/;
            proxy_redirect ~^http://(\w+)\.example/(.*) https://$host/$1/$2;
            proxy_pass http://127.0.0.1:%%PORT:back%%/app/;
        }
        location /cookie/ {
            proxy_cookie_domain one.example $host;
            proxy_cookie_path /app/ /cookie/;
            proxy_cookie_flags a secure samesite=lax;
            proxy_cookie_flags ~ httponly;
            proxy_pass http://127.0.0.1:%%PORT:back%%/app/;
        }
    }
}
CONF
my %location;
$t->http_server('back', sub {
    my ($request) = @_;
    my ($to) = $request->uri =~ /\?to=(.*)/;
    return [ 200, [ 'Set-Cookie' => 'a=1; Domain=one.example; Path=/app/x',
        'Set-Cookie' => 'b=2; path=/other' ], '' ] if !defined $to;
    return [ 302, [ $request->uri =~ /refresh/ ? (Refresh => "3; url=$to") : (Location => $to) ], '' ];
});
$t->start;
my ($web, $back) = map { $t->port($_) } qw(web back);

sub location { return $t->http_get(shift, host => 'front')->header('Location') }

is location("/default/?to=http://127.0.0.1:$back/app/x"), "http://front:$web/default/x", 'default';
is location("/default/?to=http://127.0.0.1:$back/y"), "http://127.0.0.1:$back/y", 'another path';
is location('/default/?to=/app/x'), '/app/x', 'a path alone stays';
is location("/off/?to=http://127.0.0.1:$back/app/x"), "http://127.0.0.1:$back/app/x", 'off';
is location('/pairs/?to=http://one.example/x'), "http://front:$web/1/x", 'a pair';
is location('/pairs/?to=http://two.example/x'), 'https://front/two/x', 'an expression';
is location("/pairs/?to=http://127.0.0.1:$back/app/x"), "http://127.0.0.1:$back/app/x",
    'no default beside pairs';
is $t->http_get("/default/refresh?to=http://127.0.0.1:$back/app/x")->header('Refresh'),
    '3; url=/default/x', 'Refresh';
my $r = $t->http_get('/cookie/', host => 'front');
is_deeply [ $r->header_values('Set-Cookie') ],
    [ 'a=1; Domain=front; Path=/cookie/x; Secure; SameSite=Lax', 'b=2; path=/other; HttpOnly' ],
    'cookies';
is $r->header('X-Cookie'), '1', '$upstream_cookie_';
is_deeply [ $t->http_get('/default/')->header_values('Set-Cookie') ],
    [ 'a=1; Domain=one.example; Path=/app/x', 'b=2; path=/other' ], 'without directives as they came';
is $t->http_get('/default/?to=')->header('Location'), '', 'an empty one';
