/* SPDX-License-Identifier: BSD-2-Clause */
/* error_page - `error_page code ... [=[answer]] uri`: what takes the place of an error's own
 * page. */
#ifndef WEIR_HTTP_ERROR_PAGE_H
#define WEIR_HTTP_ERROR_PAGE_H

#include "expr/template.h"

/* The status that a client gets with a page, where it is none of its own. */
enum {
    ERROR_PAGE_KEEP = -1, /* the error's */
    ERROR_PAGE_OWN = 0    /* the page's ("=") */
};

struct error_page {
    unsigned status;               /* of the error */
    int answer;                    /* "=200", or one of the two above */
    const struct template *target; /* "/path?args", "@name", or a URL to redirect to */
};

struct error_pages {
    struct error_page *items;
    unsigned count;
};

/* To a struct error_pages; all lines of a block together. */
extern const struct conf_type conf_type_error_page;

/* The first page for the status, or NULL. */
const struct error_page *error_page_find(const struct error_pages *pages, unsigned status);

#endif
