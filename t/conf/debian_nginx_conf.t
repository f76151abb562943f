# SPDX-License-Identifier: BSD-2-Clause
# Debian's packaged nginx.conf and its default site load as they stand.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

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

my $site = <<'CONF';
# Default server configuration
#
server {
    listen %%PORT:web%% default_server;
    listen [::]:%%PORT:web%% default_server;

    # SSL configuration
    #
    # listen 443 ssl default_server;
    # listen [::]:443 ssl default_server;

    root %%DIR%%/html;

    # Add index.php to the list if you are using PHP
    index index.html index.htm index.nginx-debian.html;

    server_name _;

    location / {
        # First attempt to serve request as file, then
        # as directory, then fall back to displaying a 404.
        try_files $uri $uri/ =404;
    }

    # pass PHP scripts to FastCGI server
    #
    #location ~ \.php$ {
    #    include snippets/fastcgi-php.conf;
    #    fastcgi_pass unix:/run/php/php7.4-fpm.sock;
    #}
}
CONF

my $types = "types {\n    text/html html htm shtml;\n    text/css css;\n}\n";
my $t = Weir->new(
    conf  => $text,
    plan  => 3,
    files => {
        'mime.types' => $types,
        'sites-enabled/default' => $site,
        'modules-enabled/50-mod-stream.conf' => "load_module modules/ngx_stream_module.so;\n",
    }
);
my ($exit, undef, $err) = $t->run('-t');
is $exit, 0, 'it loads' or diag $err;
is_deeply [ sort $err =~ /\[warn\] "(\w+)" directive has no meaning here/g ],
    [ qw(load_module ssl_prefer_server_ciphers ssl_protocols) ], 'with these warnings' or diag $err;
is scalar(() = $err =~ /\[(?:warn|emerg)\]/g), 3, 'and no other' or diag $err;
