# SPDX-License-Identifier: BSD-2-Clause
# Quotes, escapes, comments and braces are read as nginx reads them.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my @cases = (
    # what stands behind "return 200", and the answer
    [ q{plain},           'plain' ],
    [ q{"two words"},     'two words' ],
    [ q{'single "in" it'}, 'single "in" it' ],
    [ q{"double 'in' it"}, q{double 'in' it} ],
    [ q{a"b'c},           q{a"b'c} ],
    [ q{"a\"b"},          'a"b' ],
    [ q{'a\'b'},          q{a'b} ],
    [ q{a\\\\b},          'a\\b' ],
    [ q{a\tb\rc\nd},      "a\tb\rc\nd" ],
    [ q{a\;b},            'a\\;b' ],
    [ q{a\ b},            'a\\ b' ],
    [ q{a\qb},            'a\\qb' ],
    [ q{a#b},             'a#b' ],
    [ q{"a#b;{c}"},       'a#b;{c}' ],
    [ 'a}b',              'a}b' ],
    [ '${uri}x',          '/t15x' ],
    [ 'x${uri}',          'x/t16' ],
    [ '"${uri} y"',       '/t17 y' ],
    [ "a # comment; }\n", 'a' ],
    [ "\"a\nb\"",         "a\nb" ],
    [ "\n\t  a\r\n ",     'a' ],
    [ qq{"\xc3\xa9\xff"}, "\xc3\xa9\xff" ],
    [ q{''},              '' ],
);
my $locations = join '', map { "location /t$_ { return 200 $cases[$_][0]; }\n" } 0 .. $#cases;
my $t = Weir->new(plan => scalar @cases, conf => <<"CONF");
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        $locations
    }
}
CONF

$t->start;
for my $i (0 .. $#cases) {
    is $t->http_get("/t$i")->body, $cases[$i][1], "return 200 $cases[$i][0]" =~ s/[^ -~]/?/gr;
}
