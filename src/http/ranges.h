/* SPDX-License-Identifier: BSD-2-Clause */
/* ranges - the value of a Range field (RFC 9110 section 14.1.2) as parts of a body. Pure. */
#ifndef WEIR_HTTP_RANGES_H
#define WEIR_HTTP_RANGES_H

#include "base/str.h"

#include <stdint.h>

struct range {
    uint64_t start, end; /* the bytes from start, without end */
};

enum ranges_result {
    RANGES_NONE, /* the field means nothing here: all of the body is sent */
    RANGES_SOME,
    RANGES_BAD   /* none of them is there, or the value is wrong: 416 */
};

/* Those of a value, to be taken one after the other: there may be thousands. */
struct ranges {
    struct str rest;  /* of the value, which outlives this */
    uint64_t length;  /* of the body */
    unsigned count;   /* how many there are in all */
};

/*
 * Looks at the whole value and begins with its first range. Only those count that a body of this
 * length has, each at most once as long as it is. More than max of them, or more bytes than the
 * body, are RANGES_NONE.
 */
enum ranges_result parse_ranges(struct str value, uint64_t length, unsigned max,
                                struct ranges *ranges);

/* The next one; false: there was none left. Only of RANGES_SOME. */
bool ranges_take(struct ranges *ranges, struct range *range);

#endif
