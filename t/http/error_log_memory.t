# SPDX-License-Identifier: BSD-2-Clause
# error_log memory:size keeps the newest lines in the memory of each process, beside other logs, and
# over a reload.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $conf = <<'CONF';
error_log %%DIR%%/error.log notice;
error_log memory:64k debug;
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 x; }
        location /own { error_log memory:4k debug; return 200 x; }
    }
}
CONF
my $t = Weir->new(plan => 8, conf => $conf);
$t->start;

# What the rings of a process hold, the oldest first.
sub rings {
    my ($pid) = @_;
    my @rings;
    no warnings 'portable';
    open my $maps, '<', "/proc/$pid/maps" or die "/proc/$pid/maps: $!";
    open my $mem, '<:raw', "/proc/$pid/mem" or die "/proc/$pid/mem: $!";
    while (<$maps>) {
        my ($from, $to) = m{^([0-9a-f]+)-([0-9a-f]+) .*/memfd:weir log} or next;
        sysseek $mem, hex $from, 0;
        sysread $mem, my ($bytes), hex($to) - hex $from;
        my ($size, $ring) = $bytes =~ /\Aweir log: (\d+) bytes\n(.*)/s or next;
        my ($new, $old) = substr($ring, 0, $size) =~ /\A([^\0]*)\0(.*)\z/s;
        push @rings, { size => $size, text => $old =~ s/\0//gr . $new };
    }
    return sort { $b->{size} <=> $a->{size} } @rings;
}

sub worker { return ($t->serving_pids)[0] }

$t->http_get("/first?$_") for 1 .. 3;
my ($main, $own) = rings(worker());
is "$main->{size} $own->{size}", '65536 4096', 'two rings';
like $main->{text}, qr/\[debug\] .*"GET \/first\?3 /, 'lines of the debug level';
unlike $t->log, qr/\[debug\]/, 'which the file does not get';
is $own->{text}, '', 'the other one is for its location';
$t->http_get("/own?$_") for 1 .. 100;
($main, $own) = rings(worker());
like $own->{text}, qr/"GET \/own\?100 /, 'it has the newest';
unlike $own->{text}, qr/"GET \/own\?1 /, 'and not the oldest';
my $old = worker();
$t->reload;
wait_for(sub { worker() != $old }, undef, 'another worker');
$t->http_get('/after');
($main) = rings(worker());
like $main->{text}, qr/"GET \/after /, 'after a reload';
unlike $main->{text}, qr/"GET \/first/, 'a new one';
