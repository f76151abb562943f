# SPDX-License-Identifier: BSD-2-Clause
# map gives a variable by another one's value: strings, host names, regular expressions.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my %files = ('rows.map' => "/included included;\n");
my $t = Weir->new(conf => <<'CONF', files => \%files, plan => 15);
http {
    map $uri $kind {
        default other;
        /exact exact;
        /CASE case;
        ~^/re/(?<name>\w+)$ "regex $name";
        ~*^/nocase(\d+)$ "nocase $1";
        \default escaped;
        include %%DIR%%/rows.map;
    }
    map $http_host $site {
        hostnames;
        default none;
        one.example one;
        *.one.example below;
        .two.example two;
        mail.* mail;
        ~^re\d+\. regex;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 "$kind"; }
        location /site { return 200 "$site"; }
    }
}
CONF
$t->start;

my %kind = (
    '/exact' => 'exact', '/Exact' => 'exact', '/case' => 'case', '/re/abc' => 'regex abc',
    '/RE/abc' => 'other', '/NoCase12' => 'nocase 12', '/included' => 'included', '/none' => 'other',
);
is $t->http_get($_)->body, $kind{$_}, $_ for sort keys %kind;
my %site = (
    'one.example' => 'one', 'x.y.one.example' => 'below', 'two.example' => 'two',
    'www.two.example' => 'two', 'mail.three.example' => 'mail', 're7.example' => 'regex',
    'four.example' => 'none',
);
is $t->http_get('/site', host => $_)->body, $site{$_}, $_ for sort keys %site;
