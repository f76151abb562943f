# SPDX-License-Identifier: BSD-2-Clause
# Passwords that take their time hold nobody else; clients may leave meanwhile, and so may weir.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use MIME::Base64 qw(encode_base64);

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 204; }
        location /slow/ {
            auth_basic slow;
            auth_basic_user_file users;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
    }
}
CONF
# Some 100 ms each.
$t->write('users', 'slow:' . crypt('secret', '$6$rounds=200000$saltsalt') . "\n");
$t->http_server('back');
$t->start;

my $request = "GET /slow/ HTTP/1.1\r\nHost: a\r\nAuthorization: Basic "
    . encode_base64('slow:secret', '') . "\r\n\r\n";
my @slow = map { $t->http_connect('web') } 1 .. 8;
$_->send($request) for @slow;
my $begin = now();
is $t->http_get('/')->status, 204, 'another request is answered';
cmp_ok now() - $begin, '<', scaled(0.2), 'at once' or diag now() - $begin;
(shift @slow)->close for 1 .. 3;
is_deeply [ map { $_->response->status } @slow ], [ (200) x 5 ], 'and so are they, in the end';
my $last = $t->http_connect('web');
$last->send($request);
is $t->http_get('/')->status, 204, 'weir ends while one is under way';
$last->close;
