# SPDX-License-Identifier: BSD-2-Clause
# Directives of nginx that have no effect here are read, and warned about.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

# In http and server of both families, unless said.
my @ssl = qw(ssl_certificate ssl_certificate_cache ssl_certificate_key ssl_ciphers
    ssl_client_certificate ssl_conf_command ssl_crl ssl_dhparam ssl_ecdh_curve ssl_key_log ssl_ocsp
    ssl_ocsp_cache ssl_ocsp_responder ssl_password_file ssl_prefer_server_ciphers ssl_protocols
    ssl_reject_handshake ssl_session_cache ssl_session_ticket_key ssl_session_tickets
    ssl_session_timeout ssl_stapling ssl_stapling_file ssl_stapling_responder ssl_stapling_verify
    ssl_trusted_certificate ssl_verify_client ssl_verify_depth);
my @http = (@ssl, qw(ssl_buffer_size ssl_early_data proxy_headers_hash_max_size
    proxy_headers_hash_bucket_size referer_hash_max_size referer_hash_bucket_size));
my @stream = (@ssl, qw(ssl_alpn ssl_handshake_timeout));
my @tables = qw(map_hash_max_size map_hash_bucket_size); # of both families
my @top = (@tables, qw(server_names_hash_max_size server_names_hash_bucket_size variables_hash_max_size
    variables_hash_bucket_size)); # of stream

sub lines { return join '', map { "        $_ 64;\n" } @_ }

my $t = Weir->new(plan => 9);
sub warnings_of {
    my ($conf) = @_;
    $t->conf($conf);
    my ($status, undef, $err) = $t->run('-t');
    return ($status, [ $err =~ /\[warn\] "(\w+)" directive has no meaning here/g ], $err);
}

# Not more at a time than are told of.
my @server = ("        listen 127.0.0.1:1;\n", "        return x;\n");
for my $family ([ 'http', \@tables, \@http, $server[0] ],
        [ 'stream', \@top, \@stream, "@server" ]) {
    my ($name, $outside, $inside, $start) = @$family;
    my (@found, $failed);
    for my $is_top (1, 0) {
        my @all = @{ $is_top ? $outside : $inside };
        while (my @some = splice @all, 0, 10) {
            my $lines = lines(@some);
            my ($status, $names) = warnings_of("$name {\n" . ($is_top ? $lines : '')
                . "    server {\n$start" . ($is_top ? '' : $lines) . "    }\n}\n");
            push @found, @$names;
            $failed ||= $status;
        }
    }
    ok !$failed, "$name: they load";
    is_deeply \@found, [ @$outside, @$inside ], "$name: each with a warning";
}

my ($status, $names) = warnings_of("load_module modules/ngx_http_geoip2_module.so;\n"
    . "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n");
is $status, 0, 'modules of nginx are no errors';
is_deeply $names, [ ('load_module') x 2 ], 'but warnings';
($status, undef, my $err) = warnings_of("load_module modules/my_own.so;\n");
is $status, 1, 'a module of somebody else is one';
like $err, qr/"modules\/my_own\.so" is no module of nginx/, 'as nobody knows what it does';

($status) = warnings_of("http { server { listen 127.0.0.1:1 ssl; ssl_certificate c; } }\n");
is $status, 1, 'what shall be encrypted is not served without it';
