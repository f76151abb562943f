# SPDX-License-Identifier: BSD-2-Clause
# Everything about a client of debug_connection is written to the error log, whatever its level.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 7);
error_log %%DIR%%/error.log error;
events {
    debug_connection 127.0.0.6;
    debug_connection 127.1.0.0/16;
    debug_connection unix:;
}
stream {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        listen unix:%%DIR%%/front.sock;
        proxy_pass 127.0.0.1:%%PORT:back%%;
        error_log %%DIR%%/own.log crit;
    }
}
CONF
$t->source_server('back', 'x');
$t->start;

# What the log has got when a session of the client has ended.
sub said {
    my ($client, %option) = @_;
    my $before = length $t->read('own.log');
    $t->connect($option{to} // 'front', %option ? () : (from => $client))->recv_all;
    my $new = sub { substr $t->read('own.log'), $before };
    wait_for(sub { $new->() =~ /session ended.*\n/ }, undef, "the lines about $client");
    return $new->();
}

$t->connect('front', from => '127.0.0.5')->recv_all;
my $lines = said('127.0.0.6');
unlike $lines, qr/client: 127\.0\.0\.5/, 'not in the list: nothing below the level';
like $lines, qr/\[info\] .*client connected/, 'in the list: the lines of level info';
like $lines, qr/\[debug\] .*connecting to upstream, client: 127\.0\.0\.6,/, 'and of level debug';
like $lines, qr/\[debug\] .*session ended with status 200/, 'to the end';
like said('127.1.2.3'), qr/\[debug\] .*client: 127\.1\.2\.3,/, 'a network';
like said('', to => 'unix:front.sock'), qr/\[debug\] .*client: unix:,/, 'UNIX sockets';
unlike $t->log, qr/client/, 'all that in the log of the server alone';
