# SPDX-License-Identifier: BSD-2-Clause
# What nginx refuses weir refuses, too, and what nginx takes weir takes: values of directives, one at a
# time. nginx is asked as well.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;
use Weir::Diff::Target;
use Weir::Process qw(run_command);

# Verdict, context, line. "ok+" and "bad+" are about nginx since 1.22, which is not asked.
my @rows = map { [ /^(\S+)\s+(\S+)\s+(.+)$/ ] } grep { /\S/ } split /\n/, <<'ROWS';
ok   main      env A=b;
bad  main      env A b;
ok   main      worker_shutdown_timeout 30d;
bad  main      worker_processes -1;
bad  main      thread_pool;
ok   main      thread_pool p threads=4;
ok   main      thread_pool p threads=4 max_queue=10;
bad  main      thread_pool p;
bad  main      thread_pool p max_queue=10;
bad  main      thread_pool p threads=0;
bad  main      thread_pool p threads=x;
ok   main      error_log memory:4k debug;
bad  main      error_log memory:1k debug;
bad  main      error_log memory: debug;
bad  main      lock_file a b;
bad  main      timer_resolution on;
ok   main      timer_resolution 100ms;
bad  events    accept_mutex maybe;
ok   events    accept_mutex ON;
bad  events    accept_mutex on; accept_mutex on;
bad  events    accept_mutex_delay on;
bad  http      map_hash_max_size 1m;
bad  http      map_hash_bucket_size;
ok   http      map_hash_bucket_size 128;
bad  http      server_names_hash_max_size 1k;
bad  http      types_hash_max_size 1k;
bad  http      proxy_headers_hash_max_size x;
bad  http      variables_hash_max_size x;
bad  stream    map_hash_max_size x;
bad  upstream  zone z 16k;
bad  upstream  zone "" 64k;
ok   upstream  zone z 64k;
ok+  upstream  keepalive 0;
bad  upstream  keepalive -1;
bad  upstream  keepalive 1 x;
bad  stream.upstream keepalive 1;
bad  server    server_name .;
ok   server    server_name a/b;
ok   server    server_name "";
bad  server    server_name ~( ;
bad  location  proxy_redirect default;
bad  location  proxy_pass http://$http_x; proxy_redirect default;
bad  location  proxy_redirect default; proxy_pass http://127.0.0.1:9;
ok   location  proxy_pass http://127.0.0.1:9; proxy_redirect default;
bad  location  proxy_buffers 4 8k; proxy_busy_buffers_size 4k;
bad  location  proxy_buffers 4 8k; proxy_busy_buffers_size 32k;
ok   location  proxy_buffers 4 8k; proxy_busy_buffers_size 24k;
bad  location  proxy_busy_buffers_size 2k;
ok   location  proxy_busy_buffers_size 4k;
bad  location  proxy_busy_buffers_size 0;
bad  location  proxy_buffers 8 8k; proxy_temp_file_write_size 4k;
bad  location  proxy_temp_file_write_size 2k;
ok   location  proxy_temp_file_write_size 4k;
bad  location  proxy_buffers 8 8k; proxy_max_temp_file_size 4k;
ok   location  proxy_max_temp_file_size 0;
bad  location  proxy_max_temp_file_size 1k;
bad  location  proxy_buffers 1 8k;
bad  location  aio maybe;
ok   location  aio threads=default;
ok   location  aio threads;
ok   location  aio off;
bad  location  aio_write maybe;
bad  location  client_body_in_single_buffer maybe;
bad  location  directio maybe;
ok   location  directio 4m;
bad  location  directio_alignment off;
bad  location  output_buffers 32k;
bad  location  output_buffers 0 32k;
ok   location  output_buffers 2 32k;
bad  location  postpone_output on;
bad  location  read_ahead on;
bad  location  send_lowat on;
bad  location  send_lowat 1 2;
bad  location  subrequest_output_buffer_size on;
bad  location  tcp_nopush maybe;
bad  location  proxy_send_lowat on;
bad  server    connection_pool_size on;
bad  server    request_pool_size on;
ok   location  client_body_in_file_only CLEAN;
ok   location  lingering_close ALWAYS;
ok   location  server_tokens OFF;
ok   location  proxy_next_upstream Error TIMEOUT;
bad  location  proxy_next_upstream maybe;
bad  location  proxy_hide_header A B;
bad  location  proxy_pass_header A B;
bad  location  proxy_cookie_flags a;
ok   location  proxy_cookie_flags off;
ok   location  proxy_cookie_flags a secure;
ok   location  auth_delay 1s;
bad  location  auth_delay on;
bad  location  auth_delay;
ok   location  msie_padding off;
bad  location  msie_padding maybe;
ok   location  msie_refresh on;
bad  location  if ($http_a) { auth_delay 1s; }
bad  location  listen 1;
bad  server    proxy_pass http://127.0.0.1:9;
bad  server    internal;
bad  http      root;
bad  location  root a b;
bad  location  alias a; root b;
bad  location  root $document_root/x;
bad  location  error_page 200 /x;
bad  location  error_page 499 /x;
bad  location  limit_rate on;
bad  location  expires never;
bad  location  satisfy one;
bad  location  keepalive_timeout on;
bad  location  keepalive_disable all;
ok   location  error_page 404 =0 /y;
bad  location  error_page 404 =x /y;
bad  location  error_page =404 /y;
bad  server    listen 127.0.0.1:99999;
bad  server    listen 8081 backlog=x;
bad  server    listen 8081 foo;
bad  server    listen 8081; listen 8081;
bad  server    location /a { } location /a { }
bad  server    location ~ ( { }
bad  server    location /a { location /b { } }
bad  server    location @a { location /b { } }
bad  server    location ~ r { proxy_pass http://127.0.0.1:9/x; }
bad  server    location @n { proxy_pass http://127.0.0.1:9/; }
bad  server    location /l { if ($http_x) { proxy_pass http://127.0.0.1:9/x; } }
bad  server    location /l { limit_except FOO { } }
bad  server    if ($http_a) { proxy_pass http://127.0.0.1:9; }
bad  server    if ($http_a == b) { }
bad  server    set $uri 1;
bad  server    rewrite a b c;
bad  server    return 1000;
bad  server    try_files a;
bad  server    allow 127.0.0.1/33;
bad  server    access_log logs/a nosuch;
bad  server    access_log logs/$host combined buffer=1k;
bad  server    auth_request_set a b;
bad  server    expires 1h 1h 1h;
bad  server    open_file_cache inactive=10s;
bad  upstream  server 127.0.0.1:1 weight=0;
bad  upstream  server 127.0.0.1:1 foo;
bad  upstream  server http://127.0.0.1;
bad  stream.upstream server 127.0.0.1;
bad  http      upstream w { server 127.0.0.1:1 backup; }
bad  http      map $remote_addr $b { a b; a c; }
bad  http      map $remote_addr $b { "~(" b; }
bad  http      geo $b { 10.0.0.0/33 2; }
bad  http      split_clients $remote_addr $b { 50% a; 60% b; }
bad  http      split_clients $remote_addr $b { 0.001% a; }
bad  http      log_format a escape=x b;
bad  http      log_format combined x;
bad  stream    server { listen 127.0.0.1:8001; proxy_pass 127.0.0.1; }
bad  location  proxy_bind 127.0.0.1 x;
bad  location  proxy_cookie_domain a;
bad  location  proxy_set_header A $nosuch;
bad  location  resolver 127.0.0.1 valid=x;
bad  stream.server proxy_timeout on;
bad  stream.server proxy_timeout 1s; proxy_timeout 2s;
bad  stream.server proxy_connect_timeout;
bad  stream.server proxy_half_close maybe;
bad  stream.server location / { }
ROWS

my $nginx = Weir::Diff::Target::nginx();
my ($stream) = grep { -e } '/usr/lib/nginx/modules/ngx_stream_module.so';
my $t = Weir->new(plan => @rows + grep { $_->[0] !~ /\+$/ } @rows);
my $dir = $t->dir;

sub text_of {
    my ($where, $line) = @_;
    my %in = ($where => $line);
    my $at = sub { $in{ $_[0] } // '' };
    my $load = $stream ? "load_module $stream;" : '';
    my $pass = $at->('stream.server') =~ /\b(?:proxy_pass|return)\b/ ? '' : 'proxy_pass 127.0.0.1:9;';
    my $tcp = $where =~ /^stream/ ? "stream {\n@{[ $at->('stream') ]}\n"
        . "upstream u { server 127.0.0.1:9; @{[ $at->('stream.upstream') ]} }\n"
        . "server { listen unix:$dir/t; $pass @{[ $at->('stream.server') ]} }\n}\n" : '';
    return "@{[ $tcp ? $load : '' ]}\npid $dir/pid;\n@{[ $at->('main') ]}\n"
        . "events { @{[ $at->('events') ]} }\nhttp {\naccess_log off;\n@{[ $at->('http') ]}\n"
        . "upstream u { server 127.0.0.1:9; @{[ $at->('upstream') ]} }\n"
        . "server { listen unix:$dir/s; @{[ $at->('server') ]}\n"
        . "location / { @{[ $at->('location') ]} } }\n}\n$tcp";
}

# 1: taken, 0: refused.
sub takes {
    my ($program, $name, $text) = @_;
    open my $file, '>', "$dir/$name.conf" or die "$dir/$name.conf: $!";
    print {$file} $text;
    close $file;
    my ($status, $out, $err) = run_command([ $program, '-t', '-p', $dir, '-e', 'stderr', '-c', "$dir/$name.conf" ]);
    return $status == 0 ? 1 : 0;
}

for my $row (@rows) {
    my ($verdict, $where, $line) = @$row;
    my $expected = $verdict =~ /^ok/ ? 1 : 0;
    my $text = text_of($where, $line);
    is takes(Weir::binary(), 'weir', $text), $expected, "weir: $verdict $where $line";
    next if $verdict =~ /\+$/;
    is takes($nginx, 'nginx', $text), $expected, "nginx: $verdict $where $line";
}
