# SPDX-License-Identifier: BSD-2-Clause
# try_files with a variable does not tell a client which files lie outside of the root.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(plan => 4, files => { 'root/in.txt' => 'in', 'root/last.txt' => 'last', 'out.txt' => 'out' },
    conf => <<'CONF')->start;
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        root root;
        location / { try_files /$arg_name /last.txt =404; }
    }
}
CONF
is $t->http_get('/?name=in.txt')->body, 'in', 'one inside';
is $t->http_get('/?name=none.txt')->body, 'last', 'one that is not there';
is $t->http_get('/?name=../out.txt')->body, 'last', 'one outside';
is $t->http_get('/?name=../none.txt')->body, 'last', 'is like one that is not there';
