/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * msie - `msie_padding` and `msie_refresh`: what old browsers need of weir's own pages.
 */
#ifndef WEIR_HTTP_MSIE_H
#define WEIR_HTTP_MSIE_H

#include "http/exchange.h"

extern const struct module msie_module;

/* What stands behind the page of an error (400 and above), so that the browser does not put one of
 * its own in the place of a short one; may be empty. */
struct str msie_padding(const struct exchange *exchange);

/* Whether the client gets a redirect as a page that refreshes itself, and that page. */
bool msie_wants_refresh(const struct exchange *exchange, unsigned status);
struct str msie_refresh_page(struct exchange *exchange, struct str url);

#endif
