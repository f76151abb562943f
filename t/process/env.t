# SPDX-License-Identifier: BSD-2-Clause
# env keeps and sets variables of the environment; of the others only TZ is left.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $text = <<'CONF';
env KEPT;
env REPLACED=new;
env SET=a=b;
env NOT_THERE;
http {
    server {
        listen 127.0.0.1:%%PORT:front%%;
        location / { return 200 "$env_KEPT,$env_REPLACED,$env_SET,$env_DROPPED,$env_NOT_THERE,$env_TZ"; }
    }
}
CONF
my %env = (KEPT => 'kept', DROPPED => 'dropped', REPLACED => 'old', TZ => 'Europe/Paris');
my $t = Weir->new(plan => 2, env => \%env, conf => $text)->start;

is $t->http_get('/')->body, 'kept,new,a=b,,,Europe/Paris', 'what a worker sees';
$t->reload($text =~ s/env KEPT;/env DROPPED;/r);
is $t->http_get('/')->body, ',new,a=b,dropped,,Europe/Paris', 'a reload can bring others';
