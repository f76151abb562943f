# SPDX-License-Identifier: BSD-2-Clause
# resolver_timeout limits how long a name is waited for; the next request asks again.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 6);
http {
    resolver 127.0.0.1:%%PORT:dns%%;
    resolver_timeout 300ms;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$http_name:%%PORT:back%%; }
    }
}
CONF
my $dns = Weir::DNS->start($t, 'dns', sub {
    my ($question) = @_;
    return if !-e $t->dir . '/speak';
    return { answers => $question->{type} eq 'A' ? [ [ A => '127.0.0.1' ] ] : [] };
});
$t->http_server('back');
$t->start;

my $start = now();
is $t->http_get('/', headers => { Name => 'one.test' })->status, 502, 'a name that nobody answers for';
cmp_ok now() - $start, '>=', 0.29, 'is waited for';
cmp_ok now() - $start, '<', scaled(1.8), 'and given up after resolver_timeout';
ok $t->wait_log(qr/\[error\] .*: \*\d+ one\.test could not be resolved \(110: Operation timed out\), client: /),
    'as the log says';
$t->write('speak', '');
is $t->http_get('/', headers => { Name => 'two.test' })->body, 'back', 'another name is resolved';
wait_for(sub { $t->http_get('/', headers => { Name => 'one.test' })->status == 200 }, 10,
    'the name to be asked for again');
pass 'and the first, once it is answered for';
