/* SPDX-License-Identifier: BSD-2-Clause */
/* rate - speeds of bodies, which a configuration may give by variables: limit_rate and its like. */
#ifndef WEIR_HTTP_RATE_H
#define WEIR_HTTP_RATE_H

#include "expr/template.h"
#include "http/exchange.h"

/* A size to a const struct template *; NULL: a constant 0. */
extern const struct conf_type conf_type_rate;

/* The size; 0 for NULL, for an empty text, and for what is none, which is logged. */
uint64_t rate_of(struct exchange *exchange, const struct template *text);

#endif
