# SPDX-License-Identifier: BSD-2-Clause
# allow and deny know IPv6 networks and UNIX sockets.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 4);
stream {
    server {
        listen [::1]:%%PORT:six%%;
        allow ::/127;
        deny all;
        return six;
    }
    server {
        listen [::1]:%%PORT:none%%;
        deny ::1;
        return none;
    }
    server {
        listen unix:%%DIR%%/yes.sock;
        allow unix:;
        deny all;
        return unix;
    }
    server {
        listen unix:%%DIR%%/no.sock;
        deny unix:;
        return no;
    }
}
CONF
$t->start;

is $t->connect('[::1]:six')->recv_all, 'six', 'an IPv6 network allowed';
is $t->connect('[::1]:none')->recv_all, '', 'an IPv6 address denied';
is $t->connect('unix:yes.sock')->recv_all, 'unix', 'UNIX sockets allowed';
is $t->connect('unix:no.sock')->recv_all, '', 'UNIX sockets denied';
