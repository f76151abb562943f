# SPDX-License-Identifier: BSD-2-Clause
# satisfy any: it is enough if one of those allows that decide on access; all is the default.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 11, files => { users => "a:{PLAIN}b\n" });
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        satisfy any;
        auth_basic x;
        auth_basic_user_file %%DIR%%/users;
        proxy_set_header Authorization "";
        location /any { deny all; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /address { allow 127.0.0.1; deny all; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /all { satisfy all; allow 127.0.0.1; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /neither { satisfy all; deny all; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /only { auth_basic off; deny all; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back');
$t->start;

my %expected = (
    '/any' => [ 401, 200 ], '/address' => [ 200, 200 ], '/all' => [ 401, 200 ],
    '/neither' => [ 403, 403 ], '/only' => [ 403, 403 ],
);
for my $path (sort keys %expected) {
    my @got = map { $t->http_get($path, headers => $_)->status }
        [], [ Authorization => 'Basic YTpi' ];
    is_deeply [ $got[0] ], [ $expected{$path}[0] ], "$path, without a password";
    is_deeply [ $got[1] ], [ $expected{$path}[1] ], "$path, with one";
}
ok $t->wait_log(qr/access forbidden by rule/), 'who is not let in is logged';
