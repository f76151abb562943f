/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream_url - what a URL says of servers ("http://host:port/uri", "http://unix:/socket:/uri"),
 * and what requests ask them for.
 */
#ifndef WEIR_HTTP_UPSTREAM_URL_H
#define WEIR_HTTP_UPSTREAM_URL_H

#include "http/exchange.h"

struct upstream_url {
    struct str host;      /* with the port as written: names the group */
    struct str name;      /* what servers are told, $proxy_host: without the usual port */
    struct str uri;       /* what follows; empty: the request's own target is passed on */
    struct str constant;  /* the whole, with "/" where it has no uri; empty: it is made anew for
                             each request */
    bool is_name_fit;     /* the name may stand in a field as it is */
};

/* The parts of url are within the text. False: it is no such URL. */
bool parse_upstream_url(struct str text, struct upstream_url *url);

/* $proxy_port. False: the host is none. */
bool upstream_url_port(const struct upstream_url *url, struct str *port);

/* The target of the exchange's request to the servers. The prefix of the location is replaced by
 * the URL's uri; without one the target goes as it came, or as what it has become. A uri that is
 * not constant takes the place of all. */
struct str upstream_url_target(const struct upstream_url *url, struct exchange *exchange);

#endif
