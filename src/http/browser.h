/* SPDX-License-Identifier: BSD-2-Clause */
/* browser - old browsers that some things must be done otherwise for, told by User-Agent, as nginx
 * tells them. */
#ifndef WEIR_HTTP_BROWSER_H
#define WEIR_HTTP_BROWSER_H

#include "message/message.h"

/* The field's value; STR_NONE: the request, which may be NULL, has none. */
struct str browser_agent(const struct message *request);

/* Internet Explorer, but no Opera that says it were one; and that up to 6, without Windows XP's
 * second service pack. */
bool browser_is_msie(struct str agent);
bool browser_is_msie6(struct str agent);

/* Safari on a Mac. */
bool browser_is_safari(struct str agent);

bool browser_is_chrome(struct str agent);

#endif
