# SPDX-License-Identifier: BSD-2-Clause
# What comes beside the answer, or is no answer to the question, is never used.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::DNS;

my $t = Weir->new(conf => <<'CONF', plan => 10);
http {
    resolver 127.0.0.1:%%PORT:dns%% ipv6=off;
    resolver_timeout 5s;
    proxy_connect_timeout 1s;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { proxy_pass http://$http_name:%%PORT:back%%; }
    }
}
CONF

# An answer as it should be, with some bytes of it changed.
sub changed {
    my ($question, $change, @answers) = @_;
    my $text = Weir::DNS::answer_text($question, { answers => [ @answers ] });
    $change->($text) for $text;
    return $text;
}

my @bad = [ A => '127.0.0.66' ];
my @good = [ A => '127.0.0.1' ];
my %answer = (
    # Before the true answer:
    id => sub {
        return { also => [ changed($_[0], sub { substr($_, 0, 2) ^= "\0\1" }, @bad) ],
            answers => [ @good ] };
    },
    question => sub {
        my $question = Weir::DNS::name_bytes('other.test') . "\0\1\0\1";
        return { also => [ changed({ %{ $_[0] }, question => $question }, sub { }, @bad) ],
            answers => [ @good ] };
    },
    # Versions of c-ares do not get over these before the next question.
    short => sub {
        return { also => $_[0]{number} == 1 ? [ '', 'x', "\0" x 11, "\xff" x 600 ] : [],
            answers => [ @good ] };
    },
    owner => sub { return { answers => [ [ A => '127.0.0.66', 60, 'other.test' ], @good ] } },
    class => sub {
        return { also => [ changed($_[0], sub { substr($_, -2) = "\0\3" }) ], answers => [ @good ] };
    },
    # In its place:
    loop => sub { return changed($_[0], sub { substr($_, 12) = "\xc0\x0c\0\1\0\1" }) },
    record => sub { return changed($_[0], sub { substr($_, -1) = '' }, @bad) },
    pointer => sub {
        return changed($_[0], sub {
            substr($_, 6, 2) = "\0\1";
            $_ .= "\xc0" . chr(length) . "\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\x42";
        });
    },
);
my $dns = Weir::DNS->start($t, 'dns', sub { return $answer{ $_[0]{name} =~ s/\..*//r }->(@_) });
$t->http_server('back');
my $other = $t->http_server('127.0.0.66:back');
$t->start;

sub response_of { return $t->http_get('/', headers => { Name => "$_[0].test" }) }

is response_of('id')->body, 'back', 'another id';
is response_of('question')->body, 'back', 'another question';
is response_of('short')->body, 'back', 'no answers at all';
is response_of('owner')->body, 'back', 'records of other names';
is response_of('class')->body, 'back', 'a question of another class';
is response_of('record')->status, 502, 'a record that is cut';
is response_of('pointer')->status, 502, 'a name that points to itself';
is response_of('loop')->status, 502, 'a question that points to itself';
is $other->accepts, 0, 'nobody was led astray';
is $t->http_get('/', headers => { Name => 'id.test' })->body, 'back', 'names are resolved as before';
