# SPDX-License-Identifier: BSD-2-Clause
package Weir::Diff::Corpus;

# A corpus file, read: one configuration, files, upstream servers, and cases, which are scripts of
# what a client does. t/diff/README has the language.

use strict;
use warnings;
use Weir::Wire qw(unescape wire_line);

use constant PRELUDE => 'log_format diff \'$status "$request" "$uri" "$args"\'; '
    . 'access_log logs/access.log diff;';

my %section = (
    conf => \&add_text, http => \&add_text, stream => \&add_text, server => \&add_server,
    file => \&add_file, dir => \&add_dir, link => \&add_link,
    upstream => \&add_upstream, raw => \&add_upstream,
    case => \&add_case, each => \&add_table,
    differs => \&add_everywhere, options => \&add_options, normalise => \&add_normalise,
);

sub new {
    my ($class, $path) = @_;
    my $self = bless { path => $path, texts => {}, servers => [], files => [], upstreams => {},
        cases => [], options => {}, normalise => [] }, $class;
    my ($name, $argument, $start, @lines);

    open my $file, '<:raw', $path or die "$path: $!\n";
    my $flush = sub {
        return if !defined $name;
        local $self->{line} = $start;
        ($section{$name} // $self->wrong("no such section: $name"))
            ->($self, $name, $argument // '', @lines);
    };
    while (my $line = <$file>) {
        chomp $line;
        if ($line =~ /^=== (\w+)(?: (.*\S))?\s*$/) {
            $flush->();
            ($name, $argument, $start, @lines) = ($1, $2, $.);
        }
        elsif (defined $name) { push @lines, $line }
        elsif ($line !~ /^(?:#.*)?$/) {
            $self->{line} = $.;
            $self->wrong('what stands before the first section is a comment');
        }
    }
    $flush->();
    return $self;
}

sub wrong {
    my ($self, $what) = @_;
    die "$self->{path}:$self->{line}: $what\n";
}

sub without_blank_end {
    my @lines = @_;
    pop @lines while @lines && $lines[-1] eq '';
    return @lines;
}

sub add_text {
    my ($self, $name, undef, @lines) = @_;
    $self->{texts}{$name} .= join '', map { "$_\n" } @lines;
    return;
}

sub add_server {
    my ($self, undef, $port, @lines) = @_;
    push @{ $self->{servers} }, [ $port || 'front', join '', map { "$_\n" } @lines ];
    return;
}

# === file PATH [mtime=SECONDS] [mode=OCTAL] [gzip] [bytes=N]
sub add_file {
    my ($self, undef, $argument, @lines) = @_;
    my ($path, @words) = split / /, $argument;
    my $text = join '', map { /^(.*)\\$/ ? $1 : "$_\n" } without_blank_end(@lines);
    my %file = (path => $path, text => unescape($text), map { /^(\w+)(?:=(.*))?$/ ? ($1, $2 // 1) : () } @words);

    if ($file{bytes}) {
        my $line = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+\n";
        $file{text} = substr $line x (1 + $file{bytes} / length $line), 0, $file{bytes};
    }
    if ($file{gzip}) {
        require IO::Compress::Gzip;
        IO::Compress::Gzip::gzip(\$file{text}, \my $packed, -Minimal => 1);
        $file{text} = $packed;
    }
    push @{ $self->{files} }, \%file;
    return;
}

sub add_dir {
    my ($self, undef, $path) = @_;
    push @{ $self->{files} }, { path => $path, dir => 1 };
    return;
}

# === link PATH TARGET
sub add_link {
    my ($self, undef, $argument) = @_;
    my ($path, $target) = split / /, $argument;
    push @{ $self->{files} }, { path => $path, target => $target };
    return;
}

# === upstream NAME [TARGET [METHOD]], with the answer below; === raw NAME, with a script
sub add_upstream {
    my ($self, $kind, $argument, @lines) = @_;
    my ($name, $target, $method) = split / /, $argument;
    my $upstream = $self->{upstreams}{$name}
        //= { name => $name, raw => $kind eq 'raw', answers => [] };
    my @actions = map {
        /^\@(\w+)(?: (.*))?$/ ? [ $1, defined $2 ? unescape($2) : undef ] : [ send => wire_line($_) ]
    } without_end_of_section(@lines);

    if ($kind eq 'raw') { $upstream->{actions} = \@actions }
    elsif (@actions) {
        push @{ $upstream->{answers} },
            { target => $target // '*', method => $method, actions => \@actions };
    }
    return;
}

# The empty line before the next section is part of an answer only where it ends a head, or chunks.
sub without_end_of_section {
    my @lines = @_;
    my $is_chunked = grep { /^Transfer-Encoding:.*chunked/i } @lines;
    my $kept = $is_chunked ? 2 : 1;
    pop @lines while @lines && $lines[-1] eq '' && ($is_chunked && ($lines[-2] // '') eq ''
        || (grep { $_ eq '' } @lines) > $kept || !grep { $_ ne '' } @lines);
    return @lines;
}

sub add_options {
    my ($self, undef, undef, @lines) = @_;
    for my $line (@lines) {
        $self->{options}{$1} = 1 while $line =~ /(\S+)/g;
    }
    return;
}

sub add_normalise {
    my ($self, undef, undef, @lines) = @_;
    push @{ $self->{normalise} },
        map { /^(.*\S)\s+=>\s+(.*)$/ ? [ qr/$1/, $2 ] : () } grep { !/^#/ } @lines;
    return;
}

# === differs REASON: lines that may differ in any case.
sub add_everywhere {
    my ($self, undef, undef, @lines) = @_;
    push @{ $self->{differs} }, grep { /^[-+] / } @lines;
    return;
}

sub add_case {
    my ($self, undef, $name, @lines) = @_;
    my $case = { name => $name, line => $self->{line}, steps => [] };
    $self->add_case_line($case, $_) for @lines;
    push @{ $self->{cases} }, $case;
    return;
}

sub add_case_line {
    my ($self, $case, $line) = @_;
    my $steps = $case->{steps};

    $self->{line}++;
    if ($line =~ /^>(?: (.*))?$/s) {
        my $bytes = wire_line($1 // '');
        if (@$steps && $steps->[-1][0] eq 'send') { $steps->[-1][1] .= $bytes }
        else                                      { push @$steps, [ send => $bytes ] }
    }
    elsif ($line =~ /^< (\d\d\d)(?: (.*))?$/) { push @$steps, [ answer => $1, $2 ] }
    elsif ($line =~ /^< raw (.*)$/)           { push @$steps, [ raw => unescape($1) ] }
    elsif ($line =~ /^< closed$/)             { push @$steps, ['closed'] }
    elsif ($line =~ /^(wait|connect|from) (.*)$/) { push @$steps, [ $1, $2 ] }
    elsif ($line =~ /^(?:close|end|reset)$/)  { push @$steps, [$line] }
    elsif ($line =~ /^fresh$/)                { $case->{is_fresh} = 1 }
    elsif ($line =~ /^together$/)             { $case->{is_together} = 1 }
    else                                      { $self->add_difference($case, $line) }
    return;
}

# differs: REASON, and below it the lines that the tool prints; refuses STATUS: REASON, where all is
# said with that; defect: WHAT, for a difference that is to be mended.
sub add_difference {
    my ($self, $case, $line) = @_;

    if ($line =~ /^differs: (\S.*)$/) { $case->{reason} = $1 }
    elsif ($line =~ /^defect: (\S.*)$/) { $case->{defect} = $1 }
    elsif ($line =~ /^refuses (\d\d\d): \S/) { $case->{refuses} = $1 }
    elsif ($line =~ /^[-+] / && $case->{reason}) { push @{ $case->{differs} }, $line }
    elsif ($line !~ /^(?:#.*)?$/) { $self->wrong("what is this? $line") }
    return;
}

# A case per row "STATUS TEXT", from one request in which %%ROW%% stands for the text.
sub add_table {
    my ($self, undef, $name, @lines) = @_;
    my ($case, @template, @rows);

    for my $line (@lines) {
        $self->{line}++;
        if ($line =~ /^(?:>|connect|from|fresh|together)/) { push @template, $line }
        elsif ($line =~ /^(\d\d\d)(?: (.*))?$/) {
            my ($status, $row) = ($1, $2 // '');
            $case = { name => "$name: $row", line => $self->{line}, steps => [] };
            for my $text (@template) {
                $self->{line}--;
                $self->add_case_line($case, $text =~ s/%%ROW%%/$row/gr);
            }
            push @{ $case->{steps} }, [ answer => $status ];
            push @{ $self->{cases} }, $case;
        }
        elsif ($case) { $self->add_difference($case, $line) }
        elsif ($line !~ /^(?:#.*)?$/) { $self->wrong("what is this? $line") }
    }
    return;
}

# The configuration of one of the servers, "nginx" or "weir", before its placeholders are filled in.
sub configuration {
    my ($self, $program) = @_;
    my $text = $self->{texts}{conf} // '';
    my $http = $self->{texts}{http} // '';

    if (@{ $self->{servers} } || $http ne '') {
        $text .= "http {\n";
        $text .= PRELUDE . "\n" if $http !~ /^\s*access_log\b/m;
        $text .= $http;
        $text .= "server {\nlisten 127.0.0.1:%%PORT:$_->[0]%%;\n$_->[1]}\n" for @{ $self->{servers} };
        $text .= "}\n";
    }
    $text .= "stream {\n$self->{texts}{stream}}\n" if defined $self->{texts}{stream};
    $text =~ s/^\@(nginx|weir) (.*)$/$1 eq $program ? $2 : ''/gme;
    return $text;
}

1;
