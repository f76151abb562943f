# SPDX-License-Identifier: BSD-2-Clause
# A worker that is awake and does not turn its loop any more is ended after a while; the log says where in
# the program it was, and another has its place.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Process qw(run_command temporary_directory);
use Weir::Proc qw(wait_successor);

plan skip_all => 'sanitizers do not load after another library' if slurp(Weir::binary()) =~ /libasan/;
Weir::Process::set_test_timeout(120);
my $dir = temporary_directory();
open my $source, '>', "$dir/spin.c" or die $!;
print {$source} <<'C';
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char *path;

static __attribute__((constructor)) void find_path(void) {
    path = strdup(getenv("SPIN")); /* weir writes its title over the environment */
}

int accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags) {
    int (*next)(int, struct sockaddr *, socklen_t *, int) = dlsym(RTLD_NEXT, "accept4");

    while (access(path, F_OK) == 0) {
    }
    return next(fd, addr, len, flags);
}
C
close $source;
my ($status, undef, $error) = run_command([ $ENV{CC} || 'cc', '-shared', '-fPIC', '-o', "$dir/spin.so", "$dir/spin.c" ]);
die $error if $status != 0;

my $t = Weir->new(plan => 7, env => { LD_PRELOAD => "$dir/spin.so", SPIN => "$dir/spin" },
    allow_log => qr/does not turn its loop|told to abort|\[alert\] \d+#\d+: |exited on signal 6/, conf => <<'CONF')->start;
worker_rlimit_core 0;
stream { server { listen 127.0.0.1:%%PORT:front%%; return hello; } }
CONF
my ($worker) = $t->worker_pids;
is $t->connect->recv_all, 'hello', 'it serves';
open my $spin, '>', "$dir/spin" or die $!;
close $spin;
my $start = now();
my $c = $t->connect;
wait_for(sub { $t->log =~ /exited on signal/ }, 40, 'the end of the worker');
my $master = $t->master_pid;
cmp_ok now() - $start, '>', 13, 'it had its time';
like $t->log, qr/\[alert\] $master#$master: worker process $worker does not turn its loop any more \(turn \d+\), killing it/, 'the master said why';
like $t->log, qr/\[alert\] $worker#$worker: told to abort by process $master\n/, 'the worker heard it';
like $t->log, qr{\[alert\] $worker#$worker: in \Q$dir\E/spin\.so\+0x[0-9a-f]+ accept4$}m, 'and said where it was';
like $t->log, qr/worker process $worker exited on signal 6.*start worker process/s, 'another was started';
unlink "$dir/spin";
is $c->recv_all, 'hello', 'which serves who waited';
