# SPDX-License-Identifier: BSD-2-Clause
# A request with more than max_headers fields is answered with 400, and the connection ends.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    server {
        listen 127.0.0.1:%%PORT:few%%;
        max_headers 10;
        return 200 fine;
    }
    server {
        listen 127.0.0.1:%%PORT:default%%;
        return 200 fine;
    }
}
CONF
$t->start;

# Host is one of them.
sub ask {
    my ($port, $fields) = @_;
    my $c = $t->http_connect($port);
    return ($c, $c->get('/', headers => [ map { ("X-$_" => 1) } 2 .. $fields ]));
}

is +(ask('few', 10))[1]->status, 200, 'as many';
my ($c, $answer) = ask('few', 11);
is $answer->status, 400, 'one more';
ok $c->is_closed, 'the end';
is +(ask('default', 1000))[1]->status, 200, '1,000 without the directive';
