# SPDX-License-Identifier: BSD-2-Clause
# A DNS server that is given by name must have an address when the configuration is read.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

Weir->in_namespace(files => { '/etc/resolv.conf' => '' }, hosts => "127.0.0.53 ns.example.internal\n");
my $t = Weir->new(plan => 4);

sub check {
    my ($host) = @_;
    $t->conf("http { resolver $host; }\n");
    my ($status, undef, $err) = $t->run('-t');
    return ($status, $err);
}

is +(check('ns.example.internal'))[0], 0, 'a name';
is +(check('ns.example.internal:5353'))[0], 0, 'and a port';
my ($status, $err) = check('no.example.internal:5353');
is $status, 1, 'a name without an address is an error';
like $err, qr/^weir: \[emerg\] host not found in resolver "no\.example\.internal:5353" in /, 'that says so';
