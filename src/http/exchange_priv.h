/* SPDX-License-Identifier: BSD-2-Clause */
/* exchange_priv - how an exchange is made, for those of clients (exchange) and inner ones (inner).
 * */
#ifndef WEIR_HTTP_EXCHANGE_PRIV_H
#define WEIR_HTTP_EXCHANGE_PRIV_H

#include "http/exchange.h"

/* One in its own arena, at its first step, without a downstream leg. */
struct exchange *exchange_new(struct conn *conn, const struct http_server *server);

/* leg lies in the exchange's arena. */
void exchange_set_downstream(struct exchange *exchange, struct leg *leg);

/* From now on the settings there hold. */
void exchange_set_location(struct exchange *exchange, const struct http_location *location);

#endif
