# SPDX-License-Identifier: BSD-2-Clause
# What clients and servers send is understood alike one byte at a time: the comparisons with nginx of all that
# weir reads from them, once more, in that way.
use strict;
use warnings;
use FindBin;

my @corpora = qw(bodies client_limits framing header_lines host keepalive protocol proxy_bad proxy_fields
    proxy_request proxy_response request_bodies request_end request_line upgrade uri);

exec $^X, "$FindBin::Bin/run", '--bytes', map { "http/$_" } @corpora;
