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

/* How many there are at most: what room parse_ranges() needs. */
unsigned ranges_room(struct str value);

/*
 * Takes those out of the value that a body of this length has, each at most once as long as it is.
 * More than max of them, or more bytes than the body, are RANGES_NONE.
 */
enum ranges_result parse_ranges(struct str value, uint64_t length, unsigned max,
                                struct range *ranges, unsigned *count);

#endif
