# SPDX-License-Identifier: BSD-2-Clause
# A host name that nobody knows is a warning if it has a dot, and its server waits for an address;
# without a dot it is an error that names the nearest upstream.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

Weir->in_namespace(files => { '/etc/resolv.conf' => '' });
my $t = Weir->new(conf => <<'CONF', plan => 12);
http {
    upstream app { server app.example.internal:8080; server 127.0.0.2:8080; }
    server {
        listen 127.0.0.1:80;
        location / { proxy_pass http://app; }
        location /alone { proxy_pass http://web.example.internal:8080; }
    }
}
stream {
    server { listen 127.0.0.1:3306; proxy_pass db.example.internal:3306; }
}
CONF
my ($status, undef, $err) = $t->run('-t');
is $status, 0, 'with a dot: accepted';
is_deeply [ sort $err =~ /\[warn\] (.*) in \S+:\d+$/mg ],
    [ map { qq{host not found in upstream "$_.example.internal"} } qw(app db web) ],
    'with a warning each' or diag $err;
$t->http_server('127.0.0.2:8080');
$t->start;
is $t->http_get('/', port => '127.0.0.1:80')->body, '127.0.0.2:8080', 'the rest of the group serves';
is $t->http_get('/alone', port => '127.0.0.1:80')->status, 502, 'without an address: 502';
ok $t->connect('127.0.0.1:3306')->is_closed, 'and the end of a session';
is $t->connect_error('127.0.0.1:3306'), '', 'others may come';
$t->stop;

my %conf = (
    'http' => 'upstream app { server 127.0.0.2; }
        server { location / { proxy_pass http://apq; } }',
    'stream' => 'upstream app { server 127.0.0.2:1; }
        server { listen 3306; proxy_pass apq:3306; }',
    'stream without a port' => 'upstream app { server 127.0.0.2:1; }
        server { listen 3306; proxy_pass apq; }',
);
for my $name (sort keys %conf) {
    my ($family) = $name =~ /^(\w+)/;
    $t->conf("$family { $conf{$name} }\n");
    ($status, undef, $err) = $t->run('-t');
    is $status, 1, "$name, without a dot: refused";
    like $err, qr/\[emerg\] .*"apq".*\n.*\n.*upstreams defined: app \(did you mean "app"\?\)/,
        "$name: the nearest upstream";
}
