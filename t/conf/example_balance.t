# SPDX-License-Identifier: BSD-2-Clause
# conf/balance.conf does what its comments say.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

Weir->in_namespace;
for my $last (11 .. 13) {
    system('ip', 'addr', 'add', "10.0.0.$last/32", 'dev', 'lo') == 0 or die 'ip addr add';
}
my $t = Weir->new(conf => slurp(Weir::TOP . '/conf/balance.conf'), plan => 6);
my %server = map { $_ => $t->http_server("10.0.0.$_:8080") } 11 .. 13;
$t->start;

sub get {
    my ($uri, $host) = @_;
    return $t->http_get($uri, port => '127.0.0.1:80', host => $host // 'example.com');
}

my %answers;
$answers{ get('/')->body }++ for 1 .. 8;
is_deeply \%answers, { '10.0.0.11:8080' => 6, '10.0.0.12:8080' => 2 }, 'two servers by weight';
is get('/alive')->body, "yes\n", 'an answer of its own';
is get('/', 'other.example')->status, 404, 'another name is not served';
is $server{13}->accepts, 0, 'the backup rests';
$server{$_}->stop for 11, 12;
is get('/')->body, '10.0.0.13:8080', 'until the others are away';
is scalar(grep { /"GET / } $t->wait_lines('logs/access.log', 11)), 11, 'all requests are logged';
