# SPDX-License-Identifier: BSD-2-Clause
# The settings of how responses are sent, those that have no meaning here among them, stand where nginx
# takes them, with the values that it takes.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

# Name, values, values that are none; where besides in http, server and location.
my @settings = (
    [ 'sendfile', [ 'on', 'off' ], [ 'yes', '' ], 'if' ],
    [ 'sendfile_max_chunk', [ '0', '2m', '512k' ], [ 'on', '-1', '' ] ],
    [ 'tcp_nopush', [ 'on', 'off' ], [ '1', '' ] ],
    [ 'tcp_nodelay', [ 'on', 'off' ], [ '1', '' ] ],
    [ 'postpone_output', [ '0', '1460', '4k' ], [ 'off', '1 2', '' ] ],
    [ 'output_buffers', [ '2 32k', '1 512' ], [ '32k', '0 32k', '2 x', '' ] ],
);
my @everywhere = qw(http server location);

sub conf_of {
    my ($place, $line) = @_;
    my %at = ($place => "$line\n");
    $_ //= '' for @at{qw(main http server location if upstream)};
    return "$at{main}http {\n$at{http}upstream u { server 127.0.0.1:1; $at{upstream}}\n"
        . "server {\nlisten 127.0.0.1:1;\n$at{server}location / {\n$at{location}"
        . "if (\$arg_a) {\n$at{if}}\n}\n}\n}\n";
}

my $t = Weir->new(plan => 6 * 3);

sub is_taken {
    my ($place, $line) = @_;
    $t->conf(conf_of($place, $line));
    my ($status, undef, $err) = $t->run('-t');
    return $status == 0 && $err !~ /\[warn\]/;
}

for my $setting (@settings) {
    my ($name, $good, $bad, @more) = @$setting;
    is_deeply [ grep { is_taken($_, "$name $good->[0];") } qw(main http server location if upstream) ],
        [ @everywhere, @more ], "$name: its places";
    is_deeply [ grep { is_taken('server', "$name $_;") } @$good ], $good, "$name: values";
    is_deeply [ grep { is_taken('server', "$name $_;") } @$bad ], [], "$name: what is none";
}
