/* SPDX-License-Identifier: BSD-2-Clause */
/* byte_class - which bytes may stand where in HTTP; see byte_class.h. */
#include "message/byte_class.h"

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
    ['.'] = MARK | BYTE_DOT,
    ['/'] = PRINTABLE,
    ['0' ... '9'] = LOWER,
    [':'] = PRINTABLE,
    [';'] = DELIM,
    ['<'] = PRINTABLE,
    ['='] = DELIM,
    ['>' ... '@'] = PRINTABLE,
    ['A' ... 'Z'] = UPPER | BYTE_CAPITAL,
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
