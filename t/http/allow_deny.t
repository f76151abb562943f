# SPDX-License-Identifier: BSD-2-Clause
# The first allow or deny that matches the client's address decides; who is denied gets 403.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $t = Weir->new(conf => <<'CONF', plan => 7);
http {
    deny 127.0.0.9;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location / { return 200 fine; }
        location /proxied { proxy_pass http://127.0.0.1:%%PORT:back%%; }
        location /own {
            allow 127.0.0.2;
            deny 127.0.0.0/24;
            allow all;
            proxy_pass http://127.0.0.1:%%PORT:back%%;
        }
    }
}
CONF
my $back = $t->http_server('back');
$t->start;

sub status {
    my ($uri, $from) = @_;
    return $t->http_connect(undef, from => $from)->get($uri)->status;
}

is status('/proxied', '127.0.0.1'), 200, 'no rule matches';
is status('/proxied', '127.0.0.9'), 403, 'the rule of http';
is status('/own', '127.0.0.2'), 200, 'an address of a network that is denied below';
is status('/own', '127.0.0.9'), 403, 'the network';
is status('/own', '127.0.1.1'), 200, 'what is left';
is $back->requests, 3, 'who is denied does not reach the server';
is status('/', '127.0.0.9'), 200, 'return comes before, as in nginx';
