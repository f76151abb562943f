# SPDX-License-Identifier: BSD-2-Clause
# The variables about the request, the client and the server have their values.
use FindBin;
use lib "$FindBin::Bin/../lib";
use Weir;

my @names = qw(args arg_x arg_none content_length content_type cookie_b document_uri host http_x_own
    hostname https is_args query_string remote_addr remote_user request_method request_uri scheme
    server_addr server_name server_port server_protocol uri);
my $t = Weir->new(conf => <<"CONF", plan => scalar @names);
http {
    server {
        listen 127.0.0.1:%%PORT:web%%;
        server_name one.example other.example;
        location / { return 200 "@{[ map { "$_=\$$_\n" } @names ]}"; }
    }
}
CONF
$t->start;

require Sys::Hostname;
my %expected = (
    args => 'x=1&y=%20', arg_x => 1, arg_none => '', content_length => 2, content_type => 'text/x',
    cookie_b => 'two', document_uri => '/p q', host => 'one.example', http_x_own => 'a, b',
    hostname => lc Sys::Hostname::hostname(), https => '', is_args => '?',
    query_string => 'x=1&y=%20', remote_addr => '127.0.0.1', remote_user => 'user',
    request_method => 'POST',
    request_uri => '/a/../p%20q?x=1&y=%20', scheme => 'http', server_addr => '127.0.0.1',
    server_name => 'one.example', server_port => $t->port('web'),
    server_protocol => 'HTTP/1.1', uri => '/p q',
);
my @headers = (
    'Content-Type' => 'text/x', 'Cookie' => 'a=one; b=two', 'X-Own' => 'a, b',
    'Authorization' => 'Basic dXNlcjpwYXNz',
);
my $body = $t->http_get('/a/../p%20q?x=1&y=%20', method => 'POST', host => 'One.Example:99',
    body => 'bb', headers => \@headers)->body;
my %value = $body =~ /^ ?(\w+)=(.*)$/mg;
is $value{$_}, $expected{$_}, "\$$_" for @names;
