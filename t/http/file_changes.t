# SPDX-License-Identifier: BSD-2-Clause
# A file that is replaced while it is sent keeps its content; one that shrinks cuts the connection.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $size = 30_000_000;
my $t = Weir->new(plan => 21, conf => <<'CONF');
http {
    log_format end '$uri $termination_state';
    access_log logs/end.log end;
    server {
        listen 127.0.0.1:%%PORT:web%% sndbuf=64k;
        location / { }
        location /sendfile/ { alias html/; sendfile on; }
        location /cached/ { alias html/; open_file_cache max=10; open_file_cache_valid 0; }
    }
}
CONF
$t->start;

# A request whose answer is not read yet.
sub begin {
    my ($uri) = @_;
    my $c = $t->connect('web', timeout => scaled(20));
    $c->send("GET $uri HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    $c->recv_until(qr/\r\n\r\n/);
    return $c;
}

my $lines = 0;
for my $at ('', '/sendfile', '/cached') {
    $t->write('html/a', 'x' x $size);
    my $c = begin("$at/a");
    $t->write('html/new', 'y' x $size);
    rename $t->dir . '/html/new', $t->dir . '/html/a';
    my $body = $c->recv_all;
    is length $body, $size, "replaced$at: all of it";
    ok $body !~ /y/, "replaced$at: the old content";
    is substr($t->http_get("$at/a")->body, 0, 1), 'y', "the next request$at gets the new one";

    $t->write('html/s', 'x' x $size);
    $c = begin("$at/s");
    truncate $t->dir . '/html/s', 1000;
    $body = $c->recv_all;
    cmp_ok length $body, '<', $size, "shrunk$at: what there was, " . length $body;
    $t->wait_lines('logs/end.log', 4 * $lines++ + 3);
    like $t->read('logs/end.log'), qr{^$at/s internal$}m, "shrunk$at: the log tells it";
    ok $t->wait_log(qr{html/s" was truncated to 1000 bytes while it was sent}), "shrunk$at: and why";
    is $t->http_get("$at/s")->header('Content-Length'), 1000, "the next request$at gets what is left";
}
