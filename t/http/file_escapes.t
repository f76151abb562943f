# SPDX-License-Identifier: BSD-2-Clause
# No path leads out of the root, whatever it is written like, nor does what alias leaves of one.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my @out = ('/../secret', '/%2e%2e/secret', '/a/../../secret', '/..%2fsecret', '/%2e%2e%2fsecret',
    '/a/%2e%2e/%2e%2e/secret', '/a%00/secret', '/a%00', '/..\\secret', '/%5c..%5csecret',
    '/%252e%252e/secret', '//..//secret', '/./../secret', '/off../secret', '/off..%2fsecret',
    '/off../', '/off..', '/var../secret', '/var../', '/var..', '/name../secret', '/dir/secret?d=..',
    '/dir/secret?d=x/../..', '/try../secret', '/seen/secret?d=..', '/cut-old/secret', '/last-old/secret',
    '/arg?n=-old/secret', '/rest?n=-old/secret',
    '/%c0%ae%c0%ae/secret', '/..', '/../', '/a/..;/secret');

my $t = Weir->new(plan => 2 * @out + 8,
    files => { 'html/a/x' => 'in', 'html/inside' => 'in', secret => 'the secret', 'html/sub/x' => 'x',
        'html-old/secret' => 'the secret' },
    conf => <<'CONF');
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        root html;
        location / { }
        location /cut { rewrite ^/cut(.*)$ $1 break; }
        location /last { rewrite ^/last(.*)$ $1 last; }
        location = /arg { try_files $arg_n =404; }
        location = /rest { try_files /none $arg_n; }
        location /off { alias %%DIR%%/html/; }
        location ~ ^/var(.*) { alias %%DIR%%/html/$1; }
        location ~ ^/name(?<rest>.*) { alias %%DIR%%/html/$rest; }
        location ~ ^/dots(.*) { alias %%DIR%%/html/sub/../$1; }
        location /dir { alias html/$arg_d; }
        location /own/ { set $own %%DIR%%/html/sub/..; alias $own/a/; }
        location ~ ^/try(.*) { alias %%DIR%%/html/$1; try_files "" =404; }
        location /seen/ { alias html/$arg_d/; try_files secret =404; }
    }
}
CONF
$t->start;

for my $uri (@out) {
    my $r = $t->http_get($uri);
    unlike $r->body, qr/the secret/, "$uri: no secret";
    like $r->status, qr/^(?:400|404|403)$/, "$uri: " . $r->status;
}
is $t->http_get($_)->body, 'in', "$_: inside"
    for '/var/a/x', '/dots/a/x', '/dir/x?d=a', '/own/x', '/cut/a/x', '/last/a/x', '/arg?n=/a/x';
ok $t->wait_log(qr/the path leads out of the root: "\/off\.\.\/secret"/), 'the log tells of it';
