# SPDX-License-Identifier: BSD-2-Clause
# Fifos, sockets and devices are no files: nobody waits for them, and the worker serves on.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use IO::Socket::UNIX;
use POSIX qw(mkfifo);

my $t = Weir->new(plan => 7, allow_log => qr/is not a regular file|No such device or address/,
    files => { 'html/a' => 'a file' }, conf => <<'CONF');
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /dev/ { alias /dev/; }
        location /cached/ { alias html/; open_file_cache max=10; }
    }
}
CONF
my $html = $t->dir . '/html';
mkfifo("$html/fifo", 0666);
my $socket = IO::Socket::UNIX->new(Local => "$html/socket", Listen => 1);
$t->start;

is $t->http_get('/fifo')->status, 404, 'a fifo that nobody writes to';
is $t->http_get('/cached/fifo')->status, 404, 'through the cache';
is $t->http_get('/cached/fifo')->status, 404, 'and once more';
is $t->http_get('/socket')->status, 500, 'a socket, as in nginx';
is $t->http_get('/dev/zero')->status, 404, 'a device';
ok $t->wait_log(qr/"\Q$html\E\/fifo" is not a regular file/), 'the log says what it is';
is $t->http_get('/a')->body, 'a file', 'the worker serves on';
