/* SPDX-License-Identifier: BSD-2-Clause */
/* byte_class - which bytes may stand where in HTTP; see byte_class.h. */
#include "message/byte_class.h"

#include <endian.h>

enum {
    PRINTABLE = BYTE_TARGET | BYTE_TEXT,
    LOWER = BYTE_NAME | BYTE_TOKEN | BYTE_HOST | PRINTABLE, /* and digits */
    UPPER = LOWER | BYTE_METHOD,
    MARK = BYTE_TOKEN | BYTE_HOST | PRINTABLE, /* good in names of fields and of hosts */
    TCHAR = BYTE_TOKEN | PRINTABLE,
    DELIM = BYTE_HOST | PRINTABLE
};

const uint8_t byte_classes[256] = {
    ['\t'] = BYTE_TEXT,
    [' '] = BYTE_TEXT,
    ['!'] = MARK,
    ['"'] = PRINTABLE,
    ['#'] = TCHAR,
    ['$'] = MARK,
    ['%'] = TCHAR,
    ['&' ... '\''] = MARK,
    ['(' ... ')'] = DELIM,
    ['*' ... '+'] = MARK,
    [','] = DELIM,
    ['-'] = UPPER,
    ['.'] = MARK,
    ['/'] = PRINTABLE,
    ['0' ... '9'] = LOWER,
    [':'] = PRINTABLE,
    [';'] = DELIM,
    ['<'] = PRINTABLE,
    ['='] = DELIM,
    ['>' ... '@'] = PRINTABLE,
    ['A' ... 'Z'] = UPPER,
    ['[' ... ']'] = PRINTABLE,
    ['^'] = TCHAR,
    ['_'] = MARK | BYTE_METHOD,
    ['`'] = TCHAR,
    ['a' ... 'z'] = LOWER,
    ['{'] = PRINTABLE,
    ['|'] = TCHAR,
    ['}'] = PRINTABLE,
    ['~'] = MARK,
    [0x80 ... 0xff] = PRINTABLE,
};

/* Each byte of a word. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

size_t find_control(struct str text, size_t from) {
    uint64_t word;

    for (; text.len - from >= sizeof(word); from += sizeof(word)) {
        memcpy(&word, text.data + from, sizeof(word));
        word = le64toh(word);
        /* Subtracting borrows into the top bit of bytes below 32. Bytes above such a one may get it
         * as well, but the lowest is a true one. */
        word = (word - EACH(0x20)) & ~word & EACH(0x80);
        if (word != 0) {
            return from + (size_t) __builtin_ctzll(word) / 8;
        }
    }
    while (from < text.len && (unsigned char) text.data[from] >= 0x20) {
        from++;
    }
    return from;
}
