# SPDX-License-Identifier: BSD-2-Clause
# 10,000 small files are fetched, each of them right, and no descriptor is left behind.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my $count = 10_000;
my $t = Weir->new(plan => 6, conf => <<'CONF');
http {
    keepalive_requests 100000;
    server {
        listen 127.0.0.1:%%PORT:web%%;
        location /cached/ { alias html/; open_file_cache max=100; sendfile on; }
    }
}
CONF
my $html = $t->dir . '/html';
mkdir $html;
for my $i (0 .. 99) {
    mkdir "$html/$i";
    for my $j (0 .. $count / 100 - 1) {
        open my $file, '>', "$html/$i/$j" or die "$html/$i/$j: $!";
        print {$file} "file $i $j\n";
    }
}
$t->start;
my ($worker) = $t->worker_pids;
sub descriptors { return scalar(() = glob "/proc/$worker/fd/*") }

my $before = descriptors();
for my $at ('', '/cached') {
    my $c = $t->http_connect('web');
    my $good = 0;
    for my $i (0 .. 99) {
        my @uris = map { "$at/$i/$_" } 0 .. $count / 100 - 1;
        for my $part (map { [ splice @uris, 0, 20 ] } 1 .. @uris / 20) {
            $c->send(join '', map { "GET $_ HTTP/1.1\r\nHost: a\r\n\r\n" } @$part);
            for my $uri (@$part) {
                my ($dir, $name) = $uri =~ m{(\d+)/(\d+)$};
                $good += $c->response('GET')->body eq "file $dir $name\n";
            }
        }
    }
    is $good, $count, "all of them$at";
    $c->close;
}
ok wait_for(sub { descriptors() <= $before + 100 }), 'the cache keeps no more than it may';

SKIP: {
    skip 'there is no curl', 3 if system('curl --version > /dev/null 2>&1') != 0;
    my $url = 'http://127.0.0.1:' . $t->port('web');
    my $text = `curl -s '$url/[0-9]/[0-99]'`;
    is scalar(() = $text =~ /^file \d+ \d+$/mg), 1000, 'curl gets a thousand over one connection';
    unlike $text, qr/<html>/, 'and no errors';
    is(scalar(() = `curl -s -o /dev/null -w '%{http_code}\\n' '$url/[0-9]/[100-109]'` =~ /404/g), 100, 'what is not there is not');
}
