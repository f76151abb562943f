/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gzip - whether a client gets a response packed by gzip; the same answer for what is packed on the
 * way (gzip), was packed before (gzip_static) or is to be unpacked (gunzip).
 *
 * The directives are those of nginx's core: gzip_http_version, gzip_proxied, gzip_disable and
 * gzip_vary.
 */
#ifndef WEIR_HTTP_GZIP_H
#define WEIR_HTTP_GZIP_H

#include "conf/value.h"
#include "http/exchange.h"

extern const struct module gzip_module;

/* Whether an Accept-Encoding field takes gzip; as nginx reads it: the first "gzip" counts. Pure. */
bool gzip_is_accepted(struct str accept_encoding);

/* Whether the client of the exchange may get it. What gzip_proxied asks of a response is asked of
 * this one; where there is none yet (NULL), it has no such fields. */
bool gzip_is_ok(struct exchange *exchange, const struct message *response);

/* The response depends on what its client accepts: says "Vary: Accept-Encoding", where gzip_vary is
 * on. Calling it again does nothing. */
void gzip_add_vary(struct exchange *exchange, struct message *response);

/* What changes with the bytes of a body: its length is not known any more, parts of it cannot be
 * asked for, and a strong ETag becomes a weak one. */
void gzip_set_changed(struct exchange *exchange, struct message *response);

/* Of gzip_buffers and gunzip_buffers: how much of what was made may wait for the client. */
extern const struct conf_buffers_limits gzip_buffers_limits;

/* That many bytes as the mark of a filter's pipe. */
size_t gzip_pipe_mark(const struct conf_buffers *buffers);

#endif
