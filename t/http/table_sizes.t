# SPDX-License-Identifier: BSD-2-Clause
# The sizes of nginx's tables are read, and change nothing.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 1);
http {
    server_names_hash_bucket_size 64;
    server_names_hash_max_size 512;
    types_hash_bucket_size 64;
    types_hash_max_size 2048;
    variables_hash_bucket_size 64;
    variables_hash_max_size 1024;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { types_hash_max_size 1024; return 200 here; }
    }
}
CONF
$t->start;

is $t->http_get('/')->body, 'here', 'it serves';
