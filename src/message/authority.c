/* SPDX-License-Identifier: BSD-2-Clause */
/* authority - "host:port" in pieces; see authority.h. */
#include "message/authority.h"

#include "base/number.h"
#include "message/byte_class.h"

/* Bytes of the name at the start; 0 if it is none. */
static size_t name_len(struct str text) {
    size_t len;

    for (len = 0; len < text.len && byte_is(text.data[len], BYTE_HOST); len++) {
        if (text.data[len] == '.' && len > 0 && text.data[len - 1] == '.') {
            return 0;
        }
    }
    return len == 1 && text.data[0] == '.' ? 0 : len;
}

/* The same of "[...]". Whether it is an address is for those to say who connect to it. */
static size_t literal_len(struct str text) {
    size_t len;

    for (len = 1; len < text.len; len++) {
        char c = text.data[len];

        if (c == ']') {
            return len > 2 ? len + 1 : 0;
        }
        if (hex_digit(c) < 0 && c != ':' && c != '.') {
            return 0;
        }
    }
    return 0;
}

bool parse_authority(struct str text, struct str *host, uint16_t *port) {
    size_t len = text.len > 0 && text.data[0] == '[' ? literal_len(text) : name_len(text);
    struct str rest = str_from_byte(text, len);
    uint16_t number = 0;

    if (len == 0 || (rest.len > 0 && rest.data[0] != ':')
        || (rest.len > 1 && !parse_port(str_from_byte(rest, 1), &number))) {
        return false;
    }
    *host = str_first(text, text.data[len - 1] == '.' ? len - 1 : len);
    *port = number;
    return true;
}
