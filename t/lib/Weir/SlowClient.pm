# SPDX-License-Identifier: BSD-2-Clause
package Weir::SlowClient;

# A response that waits in a file for its client: a server that sends the first part of it, and the
# rest when the file has the first, and how large that file is.

use strict;
use warnings;
use Exporter qw(import);
use Weir::Wait qw(wait_for);

our @EXPORT_OK = qw(start_server wait_file);

# A server of the test $t that sends $whole: so many bytes of it at once, the rest when the test has
# written the file "go"; it notes when weir has read all of it and closed.
sub start_server {
    my ($t, $name, $whole, $first) = @_;
    return $t->tcp_server($name, sub {
        my ($conn, $server) = @_;
        $conn->recv_until(qr/\r\n\r\n/);
        $conn->send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " . length($whole)
            . "\r\n\r\n" . substr $whole, 0, $first);
        wait_for(sub { -e $t->dir . '/go' }, 10, 'the rest is wanted');
        $conn->send(substr $whole, $first);
        $conn->recv_all;
        $server->note('all was read');
    });
}

# Until the file of the only worker in which a response waits, which has no name, has so many bytes.
sub wait_file {
    my ($t, $size) = @_;
    my ($worker) = $t->worker_pids;

    return wait_for(sub {
        my ($has) = map { -s $_ } grep { readlink($_) =~ m{^(?!/memfd:).* \(deleted\)$} }
            glob "/proc/$worker/fd/*";
        return ($has // 0) > $size;
    }, 10, 'the response waits in a file');
}

1;
