/* SPDX-License-Identifier: BSD-2-Clause */
/* respond - answers that weir makes itself: texts, redirects, error pages. */
#ifndef WEIR_HTTP_RESPOND_H
#define WEIR_HTTP_RESPOND_H

#include "http/exchange.h"

/*
 * What error_page says of the status: the exchange is led to another path or location
 * (exchange_redirect(), so whoever handles it is told that it ended), or the client elsewhere. Else
 * the status with a small page that names it, as nginx's; without a body where nginx has no page.
 * 408, 444 and 499 close the connection without a word.
 */
void respond_status(struct exchange *exchange, unsigned status);

/* The same, whatever error_page says. */
void respond_plain(struct exchange *exchange, unsigned status);

/* Whether a page is named for the status, so that respond_status() answers in the place of a
 * server's response with it (`proxy_intercept_errors`). As nginx's: also where an error page was
 * led here, and respond_status() has but a small page of its own. */
bool respond_intercepts(const struct exchange *exchange, unsigned status);

/* The type of what the exchange's path names: by its extension (`types`), else default_type. */
struct str respond_type(struct exchange *exchange);

/* The status with a text; type NULL: respond_type(). text stays during the
 * exchange. */
void respond_text(struct exchange *exchange, unsigned status, const char *type, struct str text);

/* A redirect (301, 302, 303, 307, 308) to the URL, unless error_page has something for it. */
void respond_redirect(struct exchange *exchange, unsigned status, struct str url);

/* The same (301) to a path in normal form, with the request's arguments. */
void respond_to_path(struct exchange *exchange, struct str path);

/* The URL as a Location field has it: a path is made absolute, as absolute_redirect,
 * server_name_in_redirect and port_in_redirect say. */
struct str respond_location(struct exchange *exchange, struct str url);

#endif
