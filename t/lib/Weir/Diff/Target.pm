# SPDX-License-Identifier: BSD-2-Clause
package Weir::Diff::Target;

# One of the two servers that are compared, started on the same files, ports and directory as the
# other one was before it.

use strict;
use warnings;
use Weir ();
use Weir::Conn;
use Weir::Process qw(spawn end_process reap is_running slurp);
use Weir::Wait qw(now scaled wait_for);

use constant STREAM_MODULE => '/usr/lib/nginx/modules/ngx_stream_module.so';

# Where nginx would write as root only.
use constant TEMP_PATHS => qw(client_body proxy fastcgi uwsgi scgi);

sub nginx { return $ENV{WEIR_NGINX} // '/usr/sbin/nginx' }

# Options: program ("nginx" or "weir"), dir, conf (its text), tick (a port).
sub start {
    my ($class, %option) = @_;
    my $self = bless {%option}, $class;
    my $dir = $self->{dir};
    my $binary = $self->{program} eq 'nginx' ? nginx() : Weir::binary();

    unlink glob("$dir/logs/*"), "$dir/error.log", "$dir/stderr";
    $self->write("$self->{program}.conf", $self->completed);
    $self->{pid} = spawn([ $binary, '-p', "$dir/", '-c', "$dir/$self->{program}.conf",
        '-e', "$dir/error.log", '-g', $self->globals ], stdout => "$dir/stderr", stderr => "$dir/stderr");
    my $is_up = eval { wait_for(sub { $self->tick || reap($self->{pid}) }, 10, 'the start'); 1 };
    if (!$is_up || reap($self->{pid})) {
        end_process(delete $self->{pid});
        die "$self->{program} does not start:\n" . ($self->complaints || slurp("$dir/stderr"));
    }
    return $self;
}

sub write {
    my ($self, $name, $text) = @_;
    open my $file, '>:raw', "$self->{dir}/$name" or die "$name: $!\n";
    print {$file} $text;
    CORE::close $file or die "$name: $!\n";
    return;
}

# The text with a server for tick() in it, and with the paths that nginx wants to write to.
sub completed {
    my ($self) = @_;
    my $text = $self->{conf};
    my $listen = "listen 127.0.0.1:$self->{tick};";
    my $own = $text =~ /^http\s*\{/m ? "server { $listen access_log off; return 204; }"
        : "server { $listen access_log off; return tick; }";

    if ($self->{program} eq 'nginx') {
        $own .= " ${_}_temp_path $self->{dir}/temp_$_;" for $text =~ /^http\s*\{/m
            ? grep { $text !~ /\b${_}_temp_path\b/ } TEMP_PATHS : ();
    }
    $text =~ s/^(http|stream)(\s*\{)/$1$2 $own/m or die "there is neither http nor stream\n";
    $text .= "events { worker_connections 1024; }\n" if $text !~ /^events\b/m;
    return $text;
}

sub globals {
    my ($self) = @_;
    my $main = Weir::main_level($self->{conf});
    my %globals = (daemon => 'off', pid => "$self->{dir}/pid", worker_processes => 1,
        error_log => "$self->{dir}/error.log info");
    my $text = join ' ', map { "$_ $globals{$_};" } grep { $main !~ /^\s*$_\s/m } sort keys %globals;
    return $text if $self->{program} ne 'nginx' || $self->{conf} !~ /^\s*stream\s*\{/m;
    return "load_module @{[STREAM_MODULE]}; $text";
}

# Asks the server for something and waits for the answer: it has then finished whatever it was doing
# when asked, logs included, as it has one worker with one loop.
sub tick {
    my ($self) = @_;
    my $conn = $self->{tick_conn} // Weir::Conn->try_open("127.0.0.1:$self->{tick}", timeout => 5);
    return 0 if !$conn;
    my $is_http = $self->{conf} =~ /^http\s*\{/m;
    $self->{tick_conn} = $conn if $is_http;
    $conn->send("GET / HTTP/1.1\r\nHost: tick\r\n\r\n") if $is_http;
    $conn->recv_until($is_http ? qr/\r\n\r\n/ : qr/tick/);
    return 1;
}

# The lines that were written to the logs since the last call: [name of the log, line].
sub take_log_lines {
    my ($self) = @_;
    my @found;
    for my $path (sort glob "$self->{dir}/logs/*") {
        my $text = slurp($path);
        my $new = substr $text, $self->{log_length}{$path} // 0;
        next if $new !~ s/(.*\n).*/$1/s;
        $self->{log_length}{$path} += length $new;
        (my $name = $path) =~ s{.*/}{};
        push @found, map { [ $name, $_ ] } split /\n/, $new;
    }
    return @found;
}

# Lines of the error log that must not be there.
sub complaints {
    my ($self) = @_;
    my @lines = split /\n/, slurp("$self->{dir}/error.log") . slurp("$self->{dir}/stderr");
    return join '', map { "$_\n" }
        grep { /\[(?:alert|emerg)\]|\bpanic: |Sanitizer|runtime error:/ } @lines;
}

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} // return '';
    $self->{tick_conn}->close if $self->{tick_conn};
    my ($master) = slurp("$self->{dir}/pid") =~ /^(\d+)/;
    kill TERM => $master // $pid;
    my $ended = eval { wait_for(sub { !is_running($pid) }, 10, 'its end'); 1 };
    my $status = end_process($pid);
    return "$self->{program} did not end\n" if !$ended;
    return ($status ? "$self->{program} ended with wait status $status\n" : '')
        . ($self->{program} eq 'weir' ? $self->complaints : '');
}

1;
