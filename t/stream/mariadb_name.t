# SPDX-License-Identifier: BSD-2-Clause
# "listen 3306; proxy_pass db.example.internal:3306;" is all it takes to serve a database by name.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Weir::MariaDB;

plan skip_all => Weir::MariaDB::missing() if Weir::MariaDB::missing();
Weir->in_namespace(hosts => "::1 db.example.internal\n");
my $t = Weir->new(conf => <<'CONF', plan => 2);
stream { server { listen 3306; proxy_pass db.example.internal:3306; } }
CONF
my $db = Weir::MariaDB->start(host => '::1', port => 3306);
$t->start;

is_deeply [ $db->query('127.0.0.1', 3306, 'SELECT 6 * 7') ], [ 0, "42\n", '' ], 'a query';
is_deeply [ $db->query('127.0.0.7', 3306, 'SELECT USER()') ], [ 0, "weir\@::1\n", '' ],
    'the server sees its own host';
