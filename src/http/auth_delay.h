/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth_delay - `auth_delay`: who is not let in waits for the 401, so that neither its time tells
 * anything nor guessing is fast.
 */
#ifndef WEIR_HTTP_AUTH_DELAY_H
#define WEIR_HTTP_AUTH_DELAY_H

#include "http/exchange.h"

extern const struct module auth_delay_module;

/* Whether the 401 may go out. If not, the exchange is resumed when it may, and asks again. */
bool auth_delay_is_over(struct exchange *exchange);

#endif
