# SPDX-License-Identifier: BSD-2-Clause
# Upgraded connections outlive a reload in their worker, like sessions of stream, until
# worker_shutdown_timeout ends them; each has its line in the log.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(wait_gone);
use Weir::WebSocket;

my $t = Weir->new(plan => 6, conf => <<'CONF');
worker_shutdown_timeout 1500ms;
http {
    log_format short '$status $uri';
    access_log %%DIR%%/access.log short;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / {
            proxy_pass http://127.0.0.1:%%PORT:back%%;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
    }
}
CONF
my $back = $t->tcp_server('back', Weir::WebSocket::echo());
$t->start;
my ($worker) = $t->worker_pids;
my ($first, $second) = map { Weir::WebSocket->ask($t->connect, $_) } '/first', '/second';
$t->reload;
$first->send_text('on');
is $first->recv_text, 'on', 'it goes on';
$first->send_frame(Weir::WebSocket::CLOSE, '');
is +($first->recv_frame)[0], Weir::WebSocket::CLOSE, 'and ends when it likes';
ok !$second->{conn}->has_news(0.3), 'another one waits';
ok $second->{conn}->is_closed, 'until its time is over';
ok wait_gone($worker), 'and with it the worker ends';
is join(' ', sort $t->wait_lines('access.log', 2)), '101 /first 101 /second', 'each is logged';
