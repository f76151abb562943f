# SPDX-License-Identifier: BSD-2-Clause
# Regular expressions are compiled to machine code unless pcre_jit is off; they match the same.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

# The workers' memory that holds code and comes from no file: what the compiler has made.
sub made_code {
    my ($t) = @_;
    my @maps = map { split /\n/, slurp("/proc/$_/maps") } $t->worker_pids;
    return scalar grep { /^\S+ ..x. \S+ 00:00 0 *$/ } @maps;
}

for my $case ([ '', 1, 'unless told' ], [ 'pcre_jit on;', 1, 'on' ], [ 'pcre_jit off;', 0, 'off' ]) {
    my ($line, $is_compiled, $name) = @$case;
    my $t = Weir->new(conf => <<"CONF", plan => 2);
$line
http {
    map \$arg_a \$kind {
        ~^(x+)-(?<tail>\\d+)\$ "\$1 and \$tail";
        default none;
    }
    server {
        listen 127.0.0.1:%%PORT:web%%;
        return 200 \$kind;
    }
}
CONF
    $t->start;
    is $t->http_get('/?a=xx-17')->body, 'xx and 17', "$name: it matches";
    is made_code($t) > 0 ? 1 : 0, $is_compiled, "$name: " . ($is_compiled ? 'code' : 'no code');
    $t->stop;
}
