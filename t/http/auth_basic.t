# SPDX-License-Identifier: BSD-2-Clause
# auth_basic: only who knows a password of the file is served; the file is read with each request.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use MIME::Base64 qw(encode_base64);

my $t = Weir->new(conf => <<'CONF', plan => 31, allow_log => qr/open\(\) ".*unreadable" failed/);
http {
    log_format all '$remote_user $status $request $http_user_agent';
    access_log %%DIR%%/access all;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        auth_basic "the realm";
        auth_basic_user_file users;
        location / { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /off/ { auth_basic off; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /var/ {
            auth_basic $arg_realm;
            auth_basic_user_file %%DIR%%/$arg_file;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
        location /beside/ { auth_basic_user_file $arg_file; proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /any/ { satisfy any; deny all; proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
my %hash = (
    plain => '{PLAIN}open sesame',
    sha => '{SHA}' . encode_base64(pack('H*', 'e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4'), ''),
    sha256 => crypt('secret', '$5$saltsalt'),
    sha512 => crypt('secret', '$6$saltsalt'),
    bcrypt => crypt('secret', '$2y$05$abcdefghijklmnopqrstuu'),
    yescrypt => crypt('secret', '$y$j75$abcdefgh'),
    old => crypt('secret', 'ab'),
    apr1 => '$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/',
);
$t->write('users', join '', map { "$_:$hash{$_}\n" } sort keys %hash);
$t->http_server('back', sub { [ 200, [], $_[0]->header('Authorization') // '-' ] });
$t->start;

my $c = $t->http_connect('web');
sub ask {
    my ($uri, $user, $password) = @_;
    return $c->get($uri, defined $user
        ? (headers => [ 'Authorization', 'Basic ' . encode_base64("$user:$password", '') ]) : ());
}
for my $user (sort keys %hash) {
    my $password = $user eq 'plain' ? 'open sesame' : 'secret';
    is ask('/', $user, $password)->status, 200, "$user: right";
    is ask('/', $user, "${password}x")->status, 401, "$user: wrong";
}

my $answer = ask('/');
is $answer->status, 401, 'no password';
is $answer->header('WWW-Authenticate'), 'Basic realm="the realm"', 'is asked for one';
is ask('/', 'nobody', 'secret')->status, 401, 'a user that is none';
is ask('/off/')->status, 200, 'off';
is ask('/var/?realm=off')->status, 200, 'a realm that says off';
is ask('/var/?realm=mine')->header('WWW-Authenticate'), 'Basic realm="mine"', 'a realm of variables';
is ask('/var/?realm=mine&file=users', 'apr1', 'secret')->status, 200, 'a path of variables';
is ask('/beside/?file=users', 'apr1', 'secret')->status, 200, 'beside the configuration';
is ask('/any/', 'apr1', 'secret')->status, 200, 'satisfy any';
is ask('/any/')->status, 401, 'satisfy any, without';

is ask('/var/?realm=mine&file=missing', 'apr1', 'secret')->status, 403, 'no such file';
mkdir $t->dir . '/unreadable';
is ask('/var/?realm=mine&file=unreadable', 'apr1', 'secret')->status, 500, 'a file that is none';

$c = $t->http_connect('web');
$t->write('users', "new:{PLAIN}now\n");
is ask('/', 'new', 'now')->status, 200, 'the file is read with each request';

$t->wait_log(qr/user "nobody" was not found in ".*users", client: /);
$t->wait_log(qr/user "sha512": password mismatch, client: /);
my $log = $t->log . $t->read('access');
like $log, qr/^sha512 200 /m, 'names are in the logs';
unlike $log, qr/sesame|secret|c2VjcmV0/, 'passwords are not';
