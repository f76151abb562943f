/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * route - the choice of a server by name and of a location by path. Pure functions of compact
 * tables.
 */
#ifndef WEIR_HTTP_ROUTE_H
#define WEIR_HTTP_ROUTE_H

#include "expr/variable.h"
#include "http/http_service.h"

/* The servers of one listener by name. */
struct server_table;

struct server_table *server_table_new(struct conf *conf);

/*
 * Adds a server under a name: "example.com", "*.example.com", ".example.com", "www.example.*",
 * "~regex". False with an error for a bad one; a name that is there already is warned about and
 * ignored, as in nginx.
 */
bool server_table_add(struct conf *conf, struct server_table *table, struct http_server *server,
                      const struct conf_line *line, unsigned word, struct str listener);

/* The server of a host (lower case, without port), or NULL. Order: exact, longest *.x, longest
 * x.*, first regex. scope gets a regex' captures. */
struct http_server *server_table_find(const struct server_table *table, struct str host,
                                      struct scope *scope);

/* Sorts a server's locations; to be called once they are complete. */
void location_table_make(struct conf *conf, struct http_server *server);

/* The location of a normal path: an exact one, else the longest prefix, else the server itself. */
const struct http_location *location_find(const struct http_server *server, struct str path);

/* The location "@name", or NULL. */
const struct http_location *location_find_named(const struct http_server *server, struct str name);

#endif
