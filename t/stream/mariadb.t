# SPDX-License-Identifier: BSD-2-Clause
# MariaDB behind 127.0.0.1:3306 serves its own client and mariadb-slap.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

use Weir::MariaDB;

plan skip_all => Weir::MariaDB::missing() if Weir::MariaDB::missing();
Weir->in_namespace;
my $t = Weir->new(conf => <<'CONF', plan => 6);
stream {
    server {
        listen 127.0.0.1:3306;
        proxy_pass 127.0.0.2:3306;
    }
}
CONF
my $db = Weir::MariaDB->start(host => '127.0.0.2', port => 3306);
$t->start;

my $query = sub { $db->query('127.0.0.1', 3306, @_) };
is_deeply [ $query->('SELECT 6 * 7') ], [ 0, "42\n", '' ], 'a query';
is_deeply [ $query->(<<'SQL') ],
CREATE TABLE t (i INT, b LONGBLOB);
INSERT INTO t VALUES (1, REPEAT("x", 3000000));
SELECT LENGTH(b), MD5(b) FROM t
SQL
    [ 0, "3000000\t" . $db->sql('SELECT MD5(REPEAT("x", 3000000))'), '' ], 'a large value';
my ($status, undef, $error) = $query->('SELECT * FROM nothing');
is $status, 1, 'an error';
like $error, qr/Table 'weir\.nothing' doesn't exist/, 'is told by the server';
my ($slap, $out, $wrong) = $db->slap('127.0.0.1', 3306, clients => 8, queries => 4000);
is $slap, 0, '4000 queries of 8 clients' or diag $out, $wrong;
is $wrong, '', 'no word of an error';
