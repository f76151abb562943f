/* SPDX-License-Identifier: BSD-2-Clause */
/* exchange_priv - what the parts of an exchange, and those who make one, share. */
#ifndef WEIR_HTTP_EXCHANGE_PRIV_H
#define WEIR_HTTP_EXCHANGE_PRIV_H

#include "http/exchange.h"

/* One in its own arena, at its first step, without a downstream leg. */
struct exchange *exchange_new(struct conn *conn, const struct http_server *server);

/* leg lies in the exchange's arena. */
void exchange_set_downstream(struct exchange *exchange, struct leg *leg);

/* ---- steps (exchange_steps) ---- */

/* Runs the steps from the one that is next on, until one waits, or somebody has the exchange. */
void exchange_run(struct exchange *exchange);

/* Whether it may be led elsewhere once more; else it is answered. how: "processing" ..., for the
 * log. */
bool exchange_count_round(struct exchange *exchange, const char *how, struct str to);

/* Bytes that the body of a request may have here (client_max_body_size). */
uint64_t exchange_body_limit(const struct exchange *exchange);

/* From now on the settings there hold. */
void exchange_set_location(struct exchange *exchange, const struct http_location *location);

/* ---- its end, and the ends of what it has (exchange) ---- */

/* The handler, if there is one, is told that it is over. */
void exchange_end_handler(struct exchange *exchange);

/* What modules keep for it is given up. */
void exchange_close_states(struct exchange *exchange);

/* For what answers in the place of another: what was written of that is forgotten, its end too. */
void exchange_renew_response_body(struct exchange *exchange);

/* Nobody reads what is there of the request's body: it is dropped, so that the connection can serve
 * on. */
void exchange_drop_request_body(struct exchange *exchange);

/* Whatever answers now, it gets a request without a body. Also whether part of it went to somebody,
 * and nobody has kept it. */
void exchange_forget_request_body(struct exchange *exchange);
bool exchange_is_body_gone(const struct exchange *exchange);

/* ---- the error log (exchange_log) ---- */

/* "client: 192.0.2.7, server: example.com, request: ..."; see struct log_context. */
size_t exchange_describe(const struct log_context *context, char *text, size_t room);

#endif
