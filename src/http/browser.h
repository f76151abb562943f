/* SPDX-License-Identifier: BSD-2-Clause */
/* browser - old browsers that some things must be done otherwise for, told by User-Agent, as nginx
 * tells them. */
#ifndef WEIR_HTTP_BROWSER_H
#define WEIR_HTTP_BROWSER_H

#include "base/str.h"

/* Internet Explorer 4 to 6; not 6 of Windows XP's second service pack, nor an Opera that says it
 * were one. */
bool browser_is_msie6(struct str agent);

/* Safari on a Mac. */
bool browser_is_safari(struct str agent);

#endif
