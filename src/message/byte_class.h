/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * byte_class - which bytes may stand where in HTTP, in one table.
 *
 * Heads are checked byte by byte in many places; each asks here, so that all draw the line alike.
 */
#ifndef WEIR_MESSAGE_BYTE_CLASS_H
#define WEIR_MESSAGE_BYTE_CLASS_H

#include "base/str.h"

#include <stdint.h>

enum byte_class {
    BYTE_NAME = 1,    /* of field names that nobody doubts: letters, digits, '-' */
    BYTE_TOKEN = 2,   /* tchar: RFC 9110 section 5.6.2 */
    BYTE_HOST = 4,    /* of a registered name without escapes: RFC 3986 section 3.2.2 */
    BYTE_TARGET = 8,  /* of a request target as nginx takes it: no blank, no control */
    BYTE_METHOD = 16, /* of a method as nginx takes it: upper case, '_', '-' */
    BYTE_TEXT = 32,   /* of a reason phrase: printable, blank, tab, or above ASCII */
    BYTE_CAPITAL = 64,
    BYTE_DOT = 128
};

extern const uint8_t byte_classes[256];

static inline bool byte_is(char c, unsigned classes) {
    return (byte_classes[(unsigned char) c] & classes) != 0;
}

/* How many bytes from the start on are of the class. */
static inline size_t byte_run(struct str text, enum byte_class class) {
    size_t len = 0;

    while (len < text.len && byte_is(text.data[len], class)) {
        len++;
    }
    return len;
}

#endif
