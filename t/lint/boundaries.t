# SPDX-License-Identifier: BSD-2-Clause
# Each library is known in one place only, and some functions nowhere.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Source qw(files code includes none);
use Test::More;

# Header => where it may be included.
my %home = (
    'openssl/...' => qr{^src/net/(?:tls|digest)\w*\.[ch]$},
    'nghttp2/...' => qr{^src/codec/h2\w*\.[ch]$},
    'pcre2.h' => qr{^src/expr/regex\w*\.[ch]$},
    'zlib.h' => qr{^src/base/deflate\.[ch]$},
    'ares.h' => qr{^src/net/dns\w*\.[ch]$},
    'crypt.h' => qr{^src/net/password\.c$},
    'pthread.h' => qr{^src/(?:event/(?:offload|logsink)|net/names_helper)\.c$},
    'sys/epoll.h' => qr{^src/event/epoll\.c$},
);
my @in_one_file = ('libconfig.h', 'jansson.h');

# Function => where it may be called; without a place: nowhere.
my %banned = map { $_ => undef } qw(strcpy stpcpy strcat sprintf vsprintf gets strtok strtok_r atoi atol
    atoll alloca);
$banned{$_} = qr{^src/base/heap\.c$}
    for qw(malloc calloc realloc free strdup strndup asprintf vasprintf posix_memalign aligned_alloc);

sub includers {
    my ($header, @paths) = @_;
    my $name = $header =~ s{/\.\.\.$}{/}r;
    my @found;
    for my $path (@paths) {
        push @found, map { "$path:$_->[0]" }
            grep { $_->[1] eq $name || $name =~ m{/$} && index($_->[1], $name) == 0 } includes($path);
    }
    return @found;
}

my @paths = files(qr/\.[ch]\z/, 'src', 'modules');
for my $header (sort keys %home) {
    none("<$header> is included where it belongs",
        grep { (split /:/)[0] !~ $home{$header} } includers($header, @paths));
}
for my $header (@in_one_file) {
    my %files = map { (split /:/)[0] => 1 } includers($header, @paths);
    none("<$header> is included in one file at most", keys %files > 1 ? sort keys %files : ());
}

my %calls;
for my $path (@paths) {
    my $number = 0;
    for my $line (code($path)) {
        $number++;
        # Not of members, and not a declaration of a member: x->free(), (*free)().
        while ($line =~ /(?<![\w.])(?<!->)(\w+)\s*\(/g) {
            my $name = $1;
            next if !exists $banned{$name} || $banned{$name} && $path =~ $banned{$name};
            push @{ $calls{$name} }, "$path:$number";
        }
    }
}
none("$_() is called " . ($banned{$_} ? 'in its one place' : 'nowhere'), @{ $calls{$_} // [] })
    for sort keys %banned;
done_testing;
