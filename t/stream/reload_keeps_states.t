# SPDX-License-Identifier: BSD-2-Clause
# What is known of servers outlives a reload: who is out of service, open sessions, whose turn it is.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $text = <<'CONF';
stream {
    upstream failing {
        server 127.0.0.1:%%PORT:bad%% fail_timeout=60s;
        server 127.0.0.1:%%PORT:good%%;
    }
    upstream full {
        server 127.0.0.1:%%PORT:held%% max_conns=1;
        server 127.0.0.1:%%PORT:good%% backup;
    }
    upstream turns {
        server 127.0.0.1:%%PORT:one%%;
        server 127.0.0.1:%%PORT:two%%;
    }
    log_format tried "$upstream_addr";
    server {
        listen 127.0.0.1:%%PORT:failing%%;
        proxy_pass failing;
        access_log %%DIR%%/tried.log tried;
    }
    server { listen 127.0.0.1:%%PORT:full%%; proxy_pass full; }
    server { listen 127.0.0.1:%%PORT:turns%%; proxy_pass turns; }
}
CONF
my $t = Weir->new(conf => $text, plan => 6);
$t->source_server($_, $_) for qw(good one two);
$t->tcp_server('held', sub { $_[0]->send("held\n"); $_[0]->recv_all });
$t->start;

is $t->connect('failing')->recv_all, 'good', 'the bad one was tried';
my $held = $t->connect('full');
is $held->recv_line, 'held', 'the only place is taken';
is $t->connect('turns')->recv_all, 'one', 'it is the turn of the second';
$t->reload($text =~ s/upstream turns \{/upstream more { server 127.0.0.1:1; }\n    upstream turns {/r);
$t->connect('failing')->recv_all for 1 .. 6;
my $bad = '127.0.0.1:' . $t->port('bad');
is scalar(grep { /^\Q$bad\E/ } $t->wait_lines('tried.log', 7)), 1, 'it is tried no more';
is $t->connect('full')->recv_all, 'good', 'the place is still taken';
is $t->connect('turns')->recv_all, 'two', 'and it is still the turn of the second';
$held->close;
