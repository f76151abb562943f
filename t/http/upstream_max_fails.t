# SPDX-License-Identifier: BSD-2-Clause
# After max_fails failures a server gets no requests, until fail_timeout is over.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 3);
http {
    upstream backs {
        server 127.0.0.1:%%PORT:a%% max_fails=2 fail_timeout=1s;
        server 127.0.0.1:%%PORT:b%%;
    }
    log_format tried "$upstream_addr";
    access_log %%DIR%%/tried.log tried;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://backs; }
    }
}
CONF
my %server = map { $_ => $t->http_server($_) } qw(a b);
$server{a}->stop;
$t->start;

is join('', map { $t->http_get('/')->body } 1 .. 10), 'b' x 10, 'no request fails';
my $a = '127.0.0.1:' . $t->port('a');
is scalar(grep { /^\Q$a\E/ } $t->wait_lines('tried.log', 10)), 2, 'two of them tried it';
$server{a}->start;
ok wait_for(sub { $t->http_get('/')->body eq 'a' }, 4, 'a request for a'), 'then it serves again';
