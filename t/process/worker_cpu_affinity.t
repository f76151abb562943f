# SPDX-License-Identifier: BSD-2-Clause
# worker_processes auto counts the CPUs that may be used; worker_cpu_affinity gives them out.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Proc qw(status_of);

my @cpus = map { /^(\d+)-(\d+)$/ ? $1 .. $2 : $_ } split /,/, status_of($$)->{Cpus_allowed_list};
my $t = Weir->new(plan => 4 + @cpus, conf => "worker_processes auto;\nworker_cpu_affinity auto;\n")->start;
my @workers = sort { $a <=> $b } $t->worker_pids;

is scalar @workers, scalar @cpus, 'auto: a worker for each CPU';
is status_of($workers[$_])->{Cpus_allowed_list}, $cpus[$_], "worker $_ has CPU $cpus[$_]" for 0 .. $#cpus;
my $first = '1' . '0' x $cpus[0];
$t->reload("worker_processes 3;\nworker_cpu_affinity $first;\n");
my @lists = map { status_of($_)->{Cpus_allowed_list} } $t->serving_pids;
is "@lists", join(' ', ($cpus[0]) x 3), 'the last mask is for all that are left';
$t->conf("worker_cpu_affinity 012;\n");
my ($status, undef, $err) = $t->run('-t');
is $status, 1, 'a mask that is none';
like $err, qr/invalid CPU mask "012"/, 'is refused';
