# SPDX-License-Identifier: BSD-2-Clause
# Settings of nginx's that weir does without are read; where it does things in another way than it is
# told to, with a warning.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
http {
    connection_pool_size 512;
    request_pool_size 4k;
    postpone_output 1460;
    output_buffers 2 32k;
    read_ahead 0;
    send_lowat 0;
    tcp_nopush on;
    sendfile on;
    sendfile_max_chunk 512k;
    client_body_in_single_buffer on;
    subrequest_output_buffer_size 4k;
    aio off;
    aio_write off;
    directio off;
    server { listen 127.0.0.1:%%PORT:web%%; location / { return 200 x; } }
}
CONF

my ($status, $out, $err) = $t->run('-t');
is $status, 0, 'they are read';
unlike $err, qr/warn/, 'without a word';
$t->conf(<<'CONF');
http {
    aio threads;
    aio_write on;
    directio 4m;
    directio_alignment 512;
    server { listen 127.0.0.1:%%PORT:web%%; location / { return 200 x; } }
}
CONF
($status, $out, $err) = $t->run('-t');
is $status, 0, 'others, too';
is scalar(() = $err =~ /\[warn\].*has no meaning here/g), 4, 'with a warning each';
