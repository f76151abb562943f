/* SPDX-License-Identifier: BSD-2-Clause */
/* route - the choice of a server by name: a pure function of compact tables. */
#ifndef WEIR_HTTP_ROUTE_H
#define WEIR_HTTP_ROUTE_H

#include "expr/variable.h"
#include "http/http_service.h"

/* The servers of one listener by name. */
struct server_table;

struct server_table *server_table_new(struct conf *conf);

/*
 * Adds a server under a name: "example.com", "*.example.com", ".example.com", "www.example.*",
 * "~regex", "$hostname". False with an error for a bad one; a name that is there already is warned
 * about and ignored, as in nginx.
 */
bool server_table_add(struct conf *conf, struct server_table *table, struct http_server *server,
                      const struct conf_line *line, unsigned word, struct str listener);

/* The server of a host (lower case, without port), or NULL. Order: exact, longest *.x, longest
 * x.*, first regex. scope gets a regex' captures. */
struct http_server *server_table_find(const struct server_table *table, struct str host,
                                      struct scope *scope);

#endif
