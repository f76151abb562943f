/* SPDX-License-Identifier: BSD-2-Clause */
/* http_core_priv - what http_core, http_listen and http_service share. */
#ifndef WEIR_HTTP_HTTP_CORE_PRIV_H
#define WEIR_HTTP_HTTP_CORE_PRIV_H

#include "http/http_service.h"

/* What a listener serves. */
struct http_listener {
    struct http_server *fallback;         /* default_server, or the first */
    const struct conf_line *default_line; /* where default_server stands */
    struct server_table *names;
    struct http_server **servers;         /* that listen here */
    unsigned count;
};

/* The block of http {}, or NULL. */
const struct conf_block *http_block_of(const struct conf *conf);

/* `listen` (http_listen). The address is one of the server's; line: the `listen`, or the `server`
 * that has none. Finish, once all servers are known: their names at each listener. */
extern const struct conf_type http_type_listen;
bool http_listen_add(struct conf *conf, struct http_server *server, const struct addr *addr,
                     const struct conf_line *line);
bool http_listen_finish(struct conf *conf);

listen_on_conn http_on_conn;
void http_worker_start(const struct conf *conf);
void http_worker_stop(const struct conf *conf);
void http_worker_drain(const struct conf *conf, enum module_drain haste);

#endif
