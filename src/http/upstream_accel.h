/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream_accel - what a server says to weir itself, by fields of its response: X-Accel-Redirect,
 * X-Accel-Buffering, X-Accel-Limit-Rate.
 *
 * X-Accel-Expires is for a cache and X-Accel-Charset for a conversion that weir does not have; like
 * the others they do not reach the client (http/upstream_head).
 */
#ifndef WEIR_HTTP_UPSTREAM_ACCEL_H
#define WEIR_HTTP_UPSTREAM_ACCEL_H

#include "http/exchange.h"

/* Words of proxy_ignore_headers. What is for a cache changes nothing. */
enum upstream_ignored {
    IGNORE_FOR_CACHE = 1,
    IGNORE_ACCEL_REDIRECT = 2,
    IGNORE_ACCEL_BUFFERING = 4,
    IGNORE_ACCEL_LIMIT_RATE = 8
};

/* Where the response asks to go ("/path?args", "@name"); false: nowhere. */
bool accel_redirect(const struct message *head, unsigned ignored, struct str *to);

/* Leads the exchange there, with those fields of the head that stay with it: Content-Type,
 * Content-Disposition, Set-Cookie, Cache-Control, Expires, Accept-Ranges. */
void accel_lead(struct exchange *exchange, const struct message *head, struct str to);

/* Whether it is to be buffered; is_buffered: as configured. */
bool accel_is_buffered(const struct message *head, unsigned ignored, bool is_buffered);

/* Sets the rate of the exchange. */
void accel_limit_rate(struct exchange *exchange, const struct message *head, unsigned ignored);

#endif
