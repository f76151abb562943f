# SPDX-License-Identifier: BSD-2-Clause
# 20,000 locations, prefixes, exact ones and inside of each other, load soon and are found.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $inside = join '', map { "location /in/$_ { return 200 in$_; }\n" } 1 .. 6000;
my $t = Weir->new(conf => <<"CONF", plan => 6);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
@{[ join '', map { "location /p$_/ { return 200 p$_; }\n" } 1 .. 7000 ]}
@{[ join '', map { "location = /e$_ { return 200 e$_; }\n" } 1 .. 7000 ]}
        location /in/ { $inside }
    }
}
CONF
my $from = now();
$t->start;
cmp_ok now() - $from, '<', scaled(5), 'it starts soon';

for my $path ('/p1/', '/p6999/x', '/e7000', '/in/5999') {
    (my $body = $path) =~ s{/(?:x$)?}{}g;
    is $t->http_get($path)->body, $body, $path;
}
is $t->http_get('/e1/')->status, 404, 'an exact one is no prefix';
