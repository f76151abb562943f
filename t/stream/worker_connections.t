# SPDX-License-Identifier: BSD-2-Clause
# A worker with worker_connections clients lets the next one wait until another has left.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 5, allow_log => qr/3 worker_connections are not enough/);
events { worker_connections 3; }
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        proxy_pass 127.0.0.1:%%PORT:back%%;
    }
}
CONF
$t->greeting_server('back', "hello\n");
$t->start;

my @clients = map { $t->connect('front') } 1 .. 3;
is join(' ', map { $_->recv_line } @clients), 'hello hello hello', 'as many as that';
my $next = $t->connect('front');
ok !$next->has_news(0.3), 'one more waits';
ok $t->wait_log(qr/\[alert\] .*3 worker_connections are not enough/), 'the log says so';
$clients[0]->close;
is $next->recv_line, 'hello', 'and is served when another has left';
$_->close for @clients, $next;
is $t->connect('front')->recv_line, 'hello', 'as are those after it';
