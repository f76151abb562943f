# SPDX-License-Identifier: BSD-2-Clause
# Debian's packaged nginx.conf loads, save for the directives that weir does not have yet.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

# What a later version brings.
my @later = sort qw(types ssl_protocols
    ssl_prefer_server_ciphers);

my $text = <<'CONF';
user www-data;
worker_processes auto;
pid %%DIR%%/nginx.pid;
error_log %%DIR%%/error.log;
include %%DIR%%/modules-enabled/*.conf;

events {
    worker_connections 768;
    # multi_accept on;
}

http {

    ##
    # Basic Settings
    ##

    sendfile on;
    tcp_nopush on;
    types_hash_max_size 2048;
    # server_tokens off;

    # server_names_hash_bucket_size 64;
    # server_name_in_redirect off;

    include %%DIR%%/mime.types;
    default_type application/octet-stream;

    ##
    # SSL Settings
    ##

    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; # Dropping SSLv3, ref: POODLE
    ssl_prefer_server_ciphers on;

    ##
    # Logging Settings
    ##

    access_log %%DIR%%/access.log;

    ##
    # Gzip Settings
    ##

    gzip on;

    # gzip_vary on;
    # gzip_proxied any;
    # gzip_comp_level 6;
    # gzip_buffers 16 8k;
    # gzip_http_version 1.1;
    # gzip_types text/plain text/css application/json application/javascript text/xml;

    ##
    # Virtual Host Configs
    ##

    include %%DIR%%/conf.d/*.conf;
    include %%DIR%%/sites-enabled/*;
}


#mail {
#        # See sample authentication script at:
#        # http://wiki.nginx.org/ImapAuthenticateWithApachePHP
#}
CONF

my $types = "types {\n    text/html html htm shtml;\n    text/css css;\n}\n";
my $site = "server { listen 127.0.0.1:%%PORT:web%%; return 204; }\n";

my $t = Weir->new(
    conf  => $text,
    plan  => 4,
    files => { 'mime.types' => $types, 'sites-enabled/default' => $site }
);
my ($exit, undef, $err) = $t->run('-t');
my %unknown = map { $_ => 1 } $err =~ /unknown directive "(\w+)"/g;
is $exit, 1, 'it is refused';
is_deeply [ sort keys %unknown ], \@later, 'for these names';
is scalar(() = $err =~ /\[emerg\]/g), scalar @later, 'and for nothing else';

my $names = join '|', @later;
(my $known = $text) =~ s/^\s*(?:$names)\b.*?;.*?\n//mg;
my $rest = Weir->new(
    conf  => $known,
    files => { 'mime.types' => '', 'sites-enabled/default' => $site }
);
($exit, undef, $err) = $rest->run('-t');
is $exit, 0, 'without them it loads' or diag $err;
