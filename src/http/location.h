/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * location - `location` in all its forms, and the one that a path leads to.
 *
 *     = /path      that very path
 *     /path        the longest prefix of a path, unless an expression fits the path, too
 *     ^~ /path     the same, without a look at the expressions
 *     ~ regex      the first in the file that fits; "~*": case has no meaning
 *     @name        only for redirects inside of weir
 *
 * Locations can have others inside, where the search goes on.
 */
#ifndef WEIR_HTTP_LOCATION_H
#define WEIR_HTTP_LOCATION_H

#include "expr/variable.h"
#include "http/http_service.h"

/* What `location` and `limit_except` open: blocks whose object is a struct http_location. */
extern const struct conf_block_kind location_kind, location_limit_kind;

/* The locations of a block, to which they are added. */
struct location_table *location_table_new(struct conf *conf);

/* Makes the search ready; once all of them are there and know whether they redirect. */
void location_table_make(struct conf *conf, struct location_table *table);

/* What can only be told once all of the configuration is read: hooks, variants and redirect of the
 * location, and of those in it. */
void location_finish(struct conf *conf, struct http_location *location);

/* The i-th in the order of the file, or NULL. */
struct http_location *location_at(const struct location_table *table, unsigned i);

/*
 * The location of a path in normal form; the server's own if there is none. scope gets the captures
 * of an expression. *is_redirect: the client asked for the location's name without the slash at its
 * end and is to be told.
 */
const struct http_location *location_find(const struct http_server *server, struct str path,
                                          struct scope *scope, bool *is_redirect);

/* The location "@name", or NULL. */
const struct http_location *location_find_named(const struct http_server *server, struct str name);

/* What holds for the method there: the location, or its `limit_except`. */
const struct http_location *location_for_method(const struct http_location *location,
                                                struct str method);

#endif
