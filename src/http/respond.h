/* SPDX-License-Identifier: BSD-2-Clause */
/* respond - answers that weir makes itself: texts, redirects, error pages. */
#ifndef WEIR_HTTP_RESPOND_H
#define WEIR_HTTP_RESPOND_H

#include "http/exchange.h"

/* The status with a small page that names it, as nginx's; without a body where the status has
 * none. 444 closes the connection without a word. */
void respond_status(struct exchange *exchange, unsigned status);

/* The same, whatever error_page says. */
void respond_plain(struct exchange *exchange, unsigned status);

/* The status with a text; type NULL: the location's default_type. text stays during the
 * exchange. */
void respond_text(struct exchange *exchange, unsigned status, const char *type, struct str text);

/* A redirect (301, 302, 303, 307, 308) to the URL; one that begins with '/' is made absolute. */
void respond_redirect(struct exchange *exchange, unsigned status, struct str url);

#endif
