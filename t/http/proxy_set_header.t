# SPDX-License-Identifier: BSD-2-Clause
# proxy_set_header sets, replaces and removes fields of the request.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 8);
http {
    proxy_set_header X-Level http;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / {
            proxy_pass http://127.0.0.1:%%PORT:back%%;
            proxy_set_header X-Fixed "some text";
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header User-Agent weird;
            proxy_set_header Accept "";
            proxy_set_header X-Empty $arg_nothing;
        }
        location /inherits { proxy_pass http://127.0.0.1:%%PORT:back%%; }
    }
}
CONF
$t->http_server('back', sub { [ 200, [], join "\n", map { join ': ', @$_ } @{ $_[0]->headers } ] });
$t->start;

my $text = $t->http_get('/', headers => [
    'User-Agent' => 'curl', 'Accept' => '*/*', 'X-Forwarded-For' => '192.0.2.1', 'X-Empty' => 'no',
])->body;
like $text, qr/^X-Fixed: some text$/m, 'a text';
like $text, qr/^X-Real-IP: 127\.0\.0\.1$/m, 'a variable';
like $text, qr/^X-Forwarded-For: 192\.0\.2\.1, 127\.0\.0\.1$/m, 'a chain';
is join(' ', $text =~ /^User-Agent: (.*)$/mg), 'weird', 'instead of the client\'s';
unlike $text, qr/^Accept:/m, 'an empty text removes it';
unlike $text, qr/^X-Empty:/m, 'so does an empty variable';
unlike $text, qr/^X-Level:/m, 'those of a location replace those above';
like $t->http_get('/inherits')->body, qr/^X-Level: http$/m, 'without any it has those above';
