# SPDX-License-Identifier: BSD-2-Clause
# configure: what it writes, and what it says of options, modules and libraries that are not there.
use strict;
use warnings;
use File::Copy qw(copy);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use FindBin;
use Test::More;

my $top = "$FindBin::Bin/../..";
my $dir = tempdir(CLEANUP => 1);
my $shell = 'sh';

sub put {
    my ($name, $text) = @_;
    make_path("$dir/$name" =~ s{/[^/]*$}{}r);
    open my $file, '>', "$dir/$name" or die "$name: $!";
    print {$file} $text;
    close $file or die "$name: $!";
    return "$dir/$name";
}

sub get {
    my ($name) = @_;
    open my $file, '<', "$dir/$name" or return '';
    local $/;
    return scalar <$file>;
}

# A tree of configure alone, with three modules.
mkdir "$dir/src";
copy("$top/$_", "$dir/$_") or die "$_: $!" for qw(configure Makefile.in src/version.h);
put('modules/LIST', <<'END');
# a comment
gzip         modules/http/gzip.c      gzip_module
limit_conn   modules/http/limit.c     limit_module   # another
tcp_return   modules/stream/return.c  return_module
END
put($_, '') for qw(modules/http/limit.c modules/stream/return.c);
put('modules/http/gzip.c', <<'END');
static const struct conf_type type = { .name = "type" };
static const struct directive directives[] = {
    { .name = "gzip", .syntax = "on | off" },
    {
        .name = "gzip_types",
    },
    DIRECTIVES_END
};
const struct http_module gzip_module = { .base = { .name = "gzip_module" } };
END

# Runs configure there: (exit status, what it said). The first argument may be a hash of environment.
sub configure {
    my %env = ref $_[0] ? %{ shift() } : ();
    local @ENV{ keys %env } = values %env;
    delete local @ENV{qw(MAKEFLAGS CC)} if !exists $env{CC};
    my $pid = open(my $pipe, '-|') // die "fork: $!";
    if ($pid == 0) {
        open STDERR, '>&', *STDOUT or die $!;
        exec { (split ' ', $shell)[0] } split(' ', $shell), "$dir/configure", @_ or die "$shell: $!";
    }
    local $/;
    my $text = <$pipe> // '';
    close $pipe;
    return ($? >> 8, $text);
}

# What must be said when it fails.
sub refuses {
    my ($what, $message, @arguments) = @_;
    my ($status, $text) = configure(@arguments);
    is $status, 1, "$what: exit status";
    like $text, $message, "$what: message";
    return;
}

sub modules { return [ get('build/modules.c') =~ /^    &(\S+),$/mg ] }

# ---- options ----

refuses('an unknown option', qr/unknown option --prefx=\/x; did you mean --prefix\?/, '--prefx=/x');
refuses('an unknown switch', qr/unknown option --with-debgu; did you mean --with-debug\?/, '--with-debgu');
refuses('nothing like any option', qr/unknown option xyzzyxyzzy\n/, 'xyzzyxyzzy');
refuses('no value', qr/--prefix needs a value: --prefix=/, '--prefix');
refuses('an empty value', qr/--user= needs a value/, '--user=');
refuses('a value too many', qr/--with-debug takes no value/, '--with-debug=yes');
refuses('a relative prefix', qr/--prefix=opt is not an absolute path/, '--prefix=opt');
refuses('an unknown variant', qr/unknown variant msan/, '--variant=msan');
refuses('an unknown module', qr/no module gzp; did you mean --without-gzip\?/, '--without-gzp');

my ($status, $text) = configure('--help');
is $status, 0, '--help succeeds';
like $text, qr/^Modules: gzip limit_conn tcp_return\s*$/m, 'and names the modules';

($status, $text) = configure('--show', '--without-limit_conn');
is $status, 0, '--show succeeds';
like $text, qr/^  modules +gzip tcp_return *\n +without limit_conn/m, 'its table says what is off';
ok !-f "$dir/build/config.h" && !-f "$dir/Makefile", 'and nothing is written';

# ---- what is written ----

for my $name (grep { my ($program) = split; grep { -x "$_/$program" } split /:/, $ENV{PATH} }
    'dash', 'busybox sh') {
    $shell = $name;
    unlink "$dir/build/config.h", "$dir/Makefile";
    ($status, $text) = configure();
    is $status, 0, "$name runs it" or diag $text;
    like get('build/config.h'), qr/^#define WEIR_PREFIX "\/usr\/local\/weir"$/m, "$name: the prefix";
    like get('build/config.h'), qr/^#define WEIR_CONF_PATH "conf\/weir.conf"$/m, "$name: nginx's layout";
    is_deeply modules(), [qw(gzip_module.base limit_module.base return_module.base)], "$name: modules in order";
    ok get('Makefile') =~ /^B := build$/m, "$name: the Makefile";
}
$shell = 'sh';

my $before = (stat "$dir/build/config.h")[9] - 100;
utime $before, $before, "$dir/build/config.h", "$dir/build/modules.c";
configure();
is +(stat "$dir/build/config.h")[9], $before, 'config.h that would be the same is left alone';
is +(stat "$dir/build/modules.c")[9], $before, 'and so is modules.c';

($status, $text) = configure('--prefix=/opt/w "1"', '--conf-path=/etc/weir.conf', '--user=me',
    '--with-cc-opt=-DONE=1 -DTWO=2', '--with-debug', '--without-gzip', '--builddir=out');
is $status, 0, 'options are taken' or diag $text;
my $config = get('out/config.h');
like $config, qr/^#define WEIR_PREFIX "\/opt\/w \\"1\\""$/m, 'text is quoted for C';
like $config, qr/^#define WEIR_CONF_PATH "\/etc\/weir.conf"$/m, 'a path from the root';
like $config, qr/^#define WEIR_USER "me"\n#define WEIR_GROUP "me"$/m, 'the group is named as the user';
like $config, qr/^#define WEIR_DEBUG 1$/m, 'debug messages';
like $config, qr/WEIR_CONFIGURE_ARGUMENTS .*--user=me --with-cc-opt='-DONE=1 -DTWO=2' --with-debug/,
    'arguments in the form of nginx -V';
unlike get('out/modules.c'), qr/gzip_module/, 'a module is left out';
like get('out/modules.c'), qr/^    \{ "gzip", "gzip gzip_types " \},\n    \{ NULL, NULL \}$/m,
    'but what it would have is known';
unlike get('out/config.mk'), qr/gzip/, 'and not compiled';
ok get('Makefile') =~ /^ARGUMENTS := --prefix='\/opt\/w "1"' .*--without-gzip$/m, 'make can configure again';
like $text, qr/^  program +\/opt\/w "1"\/sbin\/weir$/m, 'the table has whole paths';

configure({ CC => 'gcc -pipe' }, '--user=me');
ok get('Makefile') =~ /^ARGUMENTS := --user=me --with-cc='gcc -pipe'$/m, 'and with the same compiler';

# ---- modules from elsewhere ----

put('extra/module', "hello hello.c hello_module http after gzip\n");
put('extra/hello.c', '');
($status, $text) = configure("--add-module=$dir/extra");
is $status, 0, 'a module is added' or diag $text;
is_deeply modules(), [qw(gzip_module.base hello_module.base limit_module.base return_module.base)],
    'behind the one it names';
like get('build/config.mk'), qr{^MODULES := .* \Q$dir\E/extra/hello\.c }m, 'and compiled';

for my $case (
    [ "hello hello.c hello_module\n", qr/does not say "after NAME"/, 'no place' ],
    [ "hello hello.c hello_module after gzp\n", qr/after gzp: .*did you mean gzip\?/, 'no such place' ],
    [ "gzip hello.c hello_module after gzip\n", qr/there is a module gzip already/, 'a name that is taken' ],
    [ "hello nofile.c hello_module after gzip\n", qr/there is no file \S+nofile\.c/, 'no such file' ],
    [ "hello hello.c hello_module mail after gzip\n", qr/family "mail" is neither/, 'no such family' ],
    [ "hello hello.c after gzip\n", qr/is not "NAME path/, 'a word too few' ],
) {
    put('extra/module', $case->[0]);
    refuses($case->[2], $case->[1], "--add-module=$dir/extra");
}
refuses('no folder', qr/there is no such folder/, "--add-module=$dir/none");
refuses('no list', qr/has no file named module/, "--add-module=$dir/src");

# ---- compilers and libraries ----

# A compiler that knows no header of these names.
sub blind_compiler {
    my ($pattern) = @_;
    my $path = put('blind', <<"END");
#!/bin/sh
for word in "\$@"; do
    case \$word in *.c) if grep -qE '<($pattern)>' "\$word"; then echo 'no such header'; exit 1; fi ;; esac
done
exec cc "\$@"
END
    chmod 0755, $path;
    return "--with-cc=$path";
}

refuses('no PCRE2', qr/not found: PCRE2 10\.30 or later; .*\n +Debian: apt-get install libpcre2-dev\n/,
    blind_compiler('pcre2\.h'));
refuses('no library at all', qr/apt-get install libpcre2-dev libssl-dev zlib1g-dev libconfig-dev libc-ares-dev\n/,
    blind_compiler('pcre2\.h|openssl/ssl\.h|zlib\.h|libconfig\.h|ares\.h'));
put('old/libconfig.h', <<'END');
#define LIBCONFIG_VER_MAJOR 1
#define LIBCONFIG_VER_MINOR 4
#define LIBCONFIG_VER_REVISION 9
typedef struct { int x; } config_t;
static inline void config_init(config_t *c) { c->x = 0; }
END
refuses('an old library', qr/checking for libconfig \.\.\. too old\n.*apt-get install libconfig-dev\n/s,
    "--with-cc-opt=-I$dir/old");
refuses('no such compiler', qr/nocc cannot build a program.*apt-get install gcc libc6-dev/s, '--with-cc=nocc');

($status, $text) = configure({ PKG_CONFIG => '/nonexistent' }, '--show');
is $status, 0, 'without pkg-config' or diag $text;
my $warns = put('warns', "#!/bin/sh\ncase \"\$*\" in *-flto*) exit 1 ;; esac\nexec cc \"\$@\"\n");
chmod 0755, $warns;
($status, $text) = configure("--with-cc=$warns", '--show');
is $status, 0, 'a compiler without link-time optimisation';
like $text, qr/^  link-time optimisation +off: .* cannot$/m, 'and the table says why it is off';

done_testing;
