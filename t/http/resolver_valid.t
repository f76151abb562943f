# SPDX-License-Identifier: BSD-2-Clause
# valid= says how long answers are kept, whatever they say themselves.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 5);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /short {
            resolver 127.0.0.1:%%PORT:dns%% ipv6=off valid=200ms;
            proxy_pass http://$http_name:%%PORT:back%%;
        }
        location /long {
            resolver 127.0.0.1:%%PORT:dns%% ipv6=off valid=1h;
            proxy_pass http://$http_name:%%PORT:back%%;
        }
    }
}
CONF
my $dns = Weir::DNS->start($t, 'dns', sub {
    return { answers => [ [ A => '127.0.0.1', $_[0]{name} eq 'none.test' ? 0 : 3600 ] ] };
});
$t->http_server('back');
$t->start;

sub body_of { return $t->http_get($_[0], headers => { Name => $_[1] })->body }

is body_of('/short', 'one.test'), 'back', 'a TTL of an hour';
wait_for(sub { body_of('/short', 'one.test'); $dns->queries('one.test') > 1 }, 10, 'the next question');
pass 'is asked for again with valid=200ms';
is body_of('/long', 'none.test'), 'back', 'a TTL of 0';
is body_of('/long', 'none.test'), 'back', 'once more';
is $dns->queries('none.test'), 1, 'is kept with valid=1h';
