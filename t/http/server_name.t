# SPDX-License-Identifier: BSD-2-Clause
# The Host field chooses the server; case and port do not matter.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 8);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name one.example www.one.example;
        return 200 one;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name two.example;
        return 200 two;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name 127.0.0.1;
        return 200 address;
    }
}
CONF
$t->start;

my %expected = (
    'one.example' => 'one',
    'www.one.example' => 'one',
    'two.example' => 'two',
    'TWO.Example' => 'two',
    'two.example:8080' => 'two',
    'two.example.' => 'two',
    '127.0.0.1' => 'address',
);
is $t->http_get('/', host => $_)->body, $expected{$_}, $_ for sort keys %expected;
my $c = $t->http_connect('web');
my @bodies = map { $c->get('/', host => "$_.example")->body } qw(one two one);
is "@bodies", 'one two one', 'each request of a connection chooses anew';
